import Tensors

/// A GGUF header in the making: what has been read and checked so far.
struct GGUFHeader {
  /// The metadata, in file order.
  private(set) var metadata: [MetadataEntry] = []
  /// The tensors, in file order.
  private(set) var tensors: [TensorInfo] = []

  private let limits: Limits
  private var alignment = GGUFContainer.defaultAlignment
  private var names: Set<String> = []
  /// Bytes of tensor data so far, padding included: where the next tensor must begin.
  private var dataByteCount = 0
  /// The same without the padding of the last tensor.
  private var unpaddedDataByteCount = 0

  init(limits: Limits) { self.limits = limits }

  /// Reads everything but the weights.
  mutating func parse(_ source: any ByteSource) throws(ModelError) {
    var cursor = HeaderCursor(source, limit: limits.headerByteCount)
    try FileStart.check(&cursor)
    // The smallest tensor description is a name of one byte, no extents, a type and an offset; the
    // smallest entry a key of one byte, a type and a byte.
    let tensorCount = try count(
      &cursor, of: 25, limit: limits.tensorCount, "tensor-count-past-end", "too-many-tensors")
    let metadataCount = try count(
      &cursor, of: 14, limit: limits.metadataCount, "metadata-count-past-end",
      "too-many-metadata-entries")
    try parseMetadata(&cursor, count: metadataCount)
    for _ in 0..<tensorCount { try parseTensor(&cursor) }
    do throws(ModelError) {
      try placeData(headerByteCount: cursor.offset, fileByteCount: source.byteCount)
    } catch {
      throw error.at(tensor: tensors.last?.name, offset: UInt64(cursor.offset))
    }
  }

  private func count(
    _ cursor: inout HeaderCursor, of byteCount: Int, limit: Int, _ pastEnd: String,
    _ overLimit: String
  ) throws(ModelError) -> Int {
    let start = cursor.offset
    let count = try cursor.count(of: byteCount, pastEnd)
    guard count <= limit else {
      throw ModelError(
        .limitExceeded, overLimit, "the header counts \(count); the limit is \(limit)",
        offset: UInt64(start))
    }
    return count
  }

  private mutating func parseMetadata(
    _ cursor: inout HeaderCursor, count: Int
  ) throws(ModelError) {
    var keys: Set<String> = []
    for _ in 0..<count {
      let start = UInt64(cursor.offset)
      let key = try GGUFHeader.key(&cursor)
      guard keys.insert(key).inserted else {
        throw ModelError(
          .malformed, "duplicate-key", "the metadata key \"\(key)\" appears twice", offset: start)
      }
      let valueOffset = UInt64(cursor.offset)
      let value = try cursor.value()
      if key == GGUFContainer.alignmentKey {
        alignment = try GGUFContainer.alignment(value, offset: valueOffset)
      }
      metadata.append(MetadataEntry(key, value))
    }
  }

  private static func key(_ cursor: inout HeaderCursor) throws(ModelError) -> String {
    let start = UInt64(cursor.offset)
    let byteCount = try cursor.count(of: 1, "string-past-end")
    guard byteCount <= GGUFContainer.maximumKeyByteCount else {
      throw ModelError(
        .malformed, "key-too-long",
        "a metadata key has \(byteCount) bytes; the format allows "
          + "\(GGUFContainer.maximumKeyByteCount)", offset: start)
    }
    let key = try cursor.text(byteCount: byteCount)
    do throws(ModelError) {
      try GGUFContainer.checkKey(key, .malformed)
    } catch {
      throw error.at(offset: start)
    }
    return key
  }

  private mutating func parseTensor(_ cursor: inout HeaderCursor) throws(ModelError) {
    let start = UInt64(cursor.offset)
    let byteCount = try cursor.count(of: 1, "string-past-end")
    guard byteCount <= GGUFContainer.maximumNameByteCount else {
      throw ModelError(
        .malformed, "name-too-long",
        "a tensor name has \(byteCount) bytes; ggml allows \(GGUFContainer.maximumNameByteCount)",
        offset: start)
    }
    let name = try cursor.text(byteCount: byteCount)
    do throws(ModelError) {
      try GGUFContainer.checkName(name, .malformed)
      guard names.insert(name).inserted else {
        throw ModelError(.malformed, "duplicate-tensor-name", "two tensors have this name")
      }
      try parseTensor(&cursor, name: name)
    } catch {
      throw error.at(tensor: name, offset: start)
    }
  }

  private mutating func parseTensor(
    _ cursor: inout HeaderCursor, name: String
  ) throws(ModelError) {
    let shape = try shape(&cursor)
    let elementType = try GGMLType.elementType(try cursor.integer(UInt32.self))
    let byteCount = try elementType.byteCount(of: shape)
    let offset = try cursor.integer(UInt64.self)
    guard offset == UInt64(dataByteCount) else {
      throw ModelError(
        .malformed, "offset-mismatch",
        "the data begins at \(offset); the tensors before it end at \(dataByteCount)")
    }
    tensors.append(
      TensorInfo(
        name: name, elementType: elementType, shape: shape, offset: dataByteCount,
        byteCount: byteCount, indexInFile: tensors.count))
    unpaddedDataByteCount = try Checked.sum(dataByteCount, byteCount)
    dataByteCount = try Checked.roundUp(unpaddedDataByteCount, to: alignment)
  }

  private func shape(_ cursor: inout HeaderCursor) throws(ModelError) -> Shape {
    let start = UInt64(cursor.offset)
    let rank = try cursor.integer(UInt32.self)
    guard rank <= UInt32(GGUFContainer.maximumRank) else {
      throw ModelError(
        .malformed, "too-many-dimensions",
        "the shape has \(rank) dimensions; the format allows \(GGUFContainer.maximumRank)",
        offset: start)
    }
    guard Int(rank) <= limits.rank else {
      throw ModelError(
        .limitExceeded, "rank-over-limit",
        "the shape has \(rank) dimensions; the limit is \(limits.rank)", offset: start)
    }
    var dimensions: [Int] = []
    for _ in 0..<rank {
      dimensions.append(Int(try cursor.integer(Int64.self)))
    }
    return try Shape(dimensions.reversed())
  }

  /// Turns offsets within the data into offsets within the file, and checks the file's size.
  private mutating func placeData(headerByteCount: Int, fileByteCount: Int) throws(ModelError) {
    let start = try Checked.roundUp(headerByteCount, to: alignment)
    // A file of metadata only ends with the header or its padding; the padding of the last tensor
    // may be absent, as the specification allows.
    let leastEnd =
      tensors.isEmpty ? headerByteCount : try Checked.sum(start, unpaddedDataByteCount)
    let greatestEnd = try Checked.sum(start, dataByteCount)
    guard fileByteCount >= leastEnd else {
      throw ModelError(
        .malformed, "data-past-end",
        "the tensors end at \(leastEnd); the file has \(fileByteCount) bytes",
        offset: UInt64(fileByteCount))
    }
    guard fileByteCount <= greatestEnd else {
      throw ModelError(
        .refused, "trailing-bytes",
        "\(fileByteCount - greatestEnd) bytes follow the last tensor, and no reader looks at them",
        offset: UInt64(greatestEnd))
    }
    for index in tensors.indices { tensors[index].offset += start }
  }
}
