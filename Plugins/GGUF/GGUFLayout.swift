public import Tensors

extension GGUFContainer {
  /// A version 3 file with alignment 32 that holds `index`: the header, the tensors in the order of
  /// `index`, zeros after each up to the next multiple of 32.
  ///
  /// Types and order of metadata are kept, except that `general.alignment` is written as 32, whatever
  /// it was. Shapes keep extents of 1 and rank 0. Throws `invalidArgument` if the format or our own
  /// reader would refuse the file: `key-empty`, `key-too-long`, `key-not-ascii`, `key-has-nul`,
  /// `duplicate-key`, `value-too-large`, `alignment-not-u32`, `name-empty`, `name-too-long`,
  /// `name-has-nul`, `duplicate-tensor-name`, `too-many-dimensions`, `type-not-in-format`,
  /// `row-not-whole-blocks`, `size-mismatch`, `size-overflow`.
  public static func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    do throws(ModelError) {
      var header = HeaderBytes()
      header.append(magic)
      header.append(version)
      header.append(UInt64(index.tensors.count))
      header.append(UInt64(index.metadata.count))
      try append(index.metadata, to: &header)
      let offsets = try append(index.tensors, to: &header)
      header.pad(to: defaultAlignment)
      return try place(index.tensors, at: offsets, after: header.bytes)
    } catch {
      var argument = error
      argument.code = .invalidArgument
      throw argument
    }
  }

  private static func append(
    _ metadata: [MetadataEntry], to header: inout HeaderBytes
  ) throws(ModelError) {
    var keys: Set<String> = []
    for entry in metadata {
      try checkKey(entry.key, .invalidArgument)
      guard keys.insert(entry.key).inserted else {
        throw ModelError(
          .invalidArgument, "duplicate-key", "the metadata key \"\(entry.key)\" appears twice")
      }
      var value = entry.value
      if entry.key == alignmentKey {
        guard case .uint32 = value else {
          throw ModelError(
            .invalidArgument, "alignment-not-u32",
            "\(alignmentKey) is no unsigned number of 32 bits")
        }
        value = .uint32(UInt32(defaultAlignment))
      }
      header.append(entry.key)
      let start = header.bytes.count
      header.append(value)
      guard header.bytes.count - start <= HeaderCursor.maximumValueByteCount else {
        throw ModelError(
          .invalidArgument, "value-too-large",
          "the value of \"\(entry.key)\" takes \(header.bytes.count - start) bytes; at most "
            + "\(HeaderCursor.maximumValueByteCount) are read")
      }
    }
  }

  /// Appends the descriptions; returns the offset of each tensor within the data, and the padded end.
  private static func append(
    _ tensors: [TensorInfo], to header: inout HeaderBytes
  ) throws(ModelError) -> [Int] {
    var names: Set<String> = []
    var offsets = [0]
    for tensor in tensors {
      do throws(ModelError) {
        let id = try check(tensor, &names)
        header.append(tensor.name)
        header.append(UInt32(tensor.shape.rank))
        for dimension in tensor.shape.dimensions.reversed() { header.append(Int64(dimension)) }
        header.append(id)
        header.append(UInt64(offsets[offsets.count - 1]))
        let end = try Checked.sum(offsets[offsets.count - 1], tensor.byteCount)
        offsets.append(try Checked.roundUp(end, to: defaultAlignment))
      } catch {
        throw error.at(tensor: tensor.name)
      }
    }
    return offsets
  }

  private static func check(
    _ tensor: TensorInfo, _ names: inout Set<String>
  ) throws(ModelError) -> UInt32 {
    try checkName(tensor.name, .invalidArgument)
    guard names.insert(tensor.name).inserted else {
      throw ModelError(.invalidArgument, "duplicate-tensor-name", "two tensors have this name")
    }
    guard tensor.shape.rank <= maximumRank else {
      throw ModelError(
        .invalidArgument, "too-many-dimensions",
        "the shape \(tensor.shape) has \(tensor.shape.rank) dimensions; GGUF allows \(maximumRank)")
    }
    guard let id = GGMLType.id(of: tensor.elementType) else {
      throw ModelError(
        .invalidArgument, "type-not-in-format",
        "GGUF has no element type \(tensor.elementType.rawValue)")
    }
    let byteCount = try tensor.elementType.byteCount(of: tensor.shape)
    guard byteCount == tensor.byteCount else {
      throw ModelError(
        .invalidArgument, "size-mismatch",
        "\(tensor.elementType.rawValue) \(tensor.shape) takes \(byteCount) bytes, not "
          + "\(tensor.byteCount)")
    }
    return id
  }

  private static func place(
    _ tensors: [TensorInfo], at offsets: [Int], after header: [UInt8]
  ) throws(ModelError) -> ContainerLayout {
    let byteCount = try Checked.sum(header.count, offsets[tensors.count])
    var segments = [ContainerLayout.Segment(offset: 0, bytes: header)]
    for (index, tensor) in tensors.enumerated() {
      let end = offsets[index] + tensor.byteCount
      let padding = offsets[index + 1] - end
      guard padding > 0 else { continue }
      segments.append(
        .init(offset: header.count + end, bytes: [UInt8](repeating: 0, count: padding)))
    }
    return ContainerLayout(
      byteCount: byteCount, segments: segments,
      tensorOffsets: offsets.dropLast().map { header.count + $0 })
  }
}
