public import Tensors

/// What changing the metadata of one container file takes, decided before a byte is written: the new
/// bytes around the weights, and where each run of weights comes from.
///
/// Weights are never changed, only moved, and not even that where the new header takes the room of the
/// old one: containers pad their headers, so a value of the same length, or a little longer, fits.
public struct MetadataRewrite: Sendable {
  /// Bytes that are taken over as they are.
  struct Run: Sendable, Equatable {
    var sourceOffset: Int
    var offset: Int
    var byteCount: Int
  }

  /// The metadata before.
  public let oldMetadata: [MetadataEntry]
  /// The metadata after.
  public let metadata: [MetadataEntry]
  /// The edits, with exact types.
  public let edits: [MetadataEdit]
  /// What the edits bring about besides what was asked for; for people.
  public let notes: [String]
  let layout: ContainerLayout
  let tensors: [TensorInfo]
  let runs: [Run]
  /// The bytes that differ from those of the file, if everything can stay where it is; else nil.
  let patches: [ContainerLayout.Segment]?

  /// Bytes of the file after.
  public var byteCount: Int { layout.byteCount }
  /// Whether the file is already as it would be.
  public var changesNothing: Bool { patches?.isEmpty == true }
  /// Whether only bytes around the weights change, and no weight moves.
  public var movesNoWeight: Bool { patches != nil }
  /// Bytes that change in the file, where no weight moves.
  public var patchedByteCount: Int { patches?.reduce(0) { $0 + $1.bytes.count } ?? 0 }

  /// Applies `edits` to what `index` says is in `source`; `format` lays the result out.
  ///
  /// Throws what `MetadataEdit` and the format throw; `unsupported` (`not-extents`) for a container
  /// that does not hold its tensors as plain bytes; `io`.
  public init(
    _ source: any ByteSource, index: ContainerIndex, format: any ContainerFormat,
    edits: [MetadataEdit]
  ) throws(ModelError) {
    guard !index.tensors.contains(where: \.isReadByPlugin) else {
      throw ModelError(
        .unsupported, "not-extents",
        "the tensors of this \(format.identity.id) file are not plain bytes in it; convert it",
        file: source.name)
    }
    oldMetadata = try MetadataCarrier.unpacked(index.metadata)
    (metadata, self.edits) = try MetadataEdit.apply(edits, to: oldMetadata)
    var tensors = index.tensors
    layout = try MetadataCarrier.layout(
      of: ContainerIndex(tensors: tensors, metadata: metadata), by: format)
    var pairs: [Run] = []
    for position in tensors.indices {
      let offset = layout.tensorOffsets[position]
      let byteCount = tensors[position].byteCount
      try source.checkRange(offset: tensors[position].offset, byteCount: byteCount)
      pairs.append(
        Run(sourceOffset: tensors[position].offset, offset: offset, byteCount: byteCount))
      tensors[position].offset = offset
    }
    self.tensors = tensors
    runs = MetadataRewrite.joined(pairs)
    let staysInPlace =
      layout.byteCount == source.byteCount && pairs.allSatisfy { $0.sourceOffset == $0.offset }
    patches =
      staysInPlace ? try MetadataRewrite.differing(layout.segments, from: source) : nil
    let alignment = oldMetadata["general.alignment"]?.integer ?? 32
    notes =
      format.identity.id == "gguf" && alignment != 32
      ? [
        "general.alignment was \(alignment) and is 32 now, as in every GGUF file that Ingot writes"
      ]
      : []
  }

  /// Runs that move alike, with what lies between them if that is short: the padding of the format,
  /// which is written again where it differs.
  private static func joined(_ pairs: [Run]) -> [Run] {
    var result: [Run] = []
    for pair in pairs.sorted(by: { $0.offset < $1.offset }) where pair.byteCount > 0 {
      if let last = result.last, pair.sourceOffset - pair.offset == last.sourceOffset - last.offset,
        pair.offset - (last.offset + last.byteCount) < 4096
      {
        result[result.count - 1].byteCount = pair.offset + pair.byteCount - last.offset
      } else {
        result.append(pair)
      }
    }
    return result
  }

  /// The segments that `source` does not have at their place.
  static func differing(
    _ segments: [ContainerLayout.Segment], from source: some ByteSource
  ) throws(ModelError) -> [ContainerLayout.Segment] {
    var result: [ContainerLayout.Segment] = []
    for segment in segments {
      let old = try source.bytes(at: segment.offset, byteCount: segment.bytes.count)
      guard old != segment.bytes else { continue }
      // Only from the first byte to the last one that differs.
      let first = zip(old, segment.bytes).prefix { $0 == $1 }.count
      let last = zip(old.reversed(), segment.bytes.reversed()).prefix { $0 == $1 }.count
      result.append(
        .init(
          offset: segment.offset + first,
          bytes: Array(segment.bytes[first..<(segment.bytes.count - last)])))
    }
    return result
  }
}
