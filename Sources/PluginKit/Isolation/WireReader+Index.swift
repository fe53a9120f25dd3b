internal import Tensors

extension WireReader {
  /// Takes an error. Throws `pluginFailed` (`plugin-protocol`) if it is none.
  mutating func error() throws(ModelError) -> ModelError {
    let code = try text()
    let reason = try text()
    let message = try text()
    let tensor = try text()
    let offset = try integer(UInt64.self)
    try finish()
    guard let code = ModelError.Code(rawValue: code), isReasonToken(reason) else {
      throw WireReader.breach("the answer is an error with no known code or reason")
    }
    return ModelError(
      code, reason, message, tensor: tensor.isEmpty ? nil : tensor,
      offset: offset == .max ? nil : offset)
  }

  /// Takes an index and checks each value by itself; `IndexChecks` does the rest.
  ///
  /// Throws `pluginFailed` (`plugin-protocol`, `size-mismatch`, `rank-too-high`).
  mutating func index(limits: Limits) throws(ModelError) -> ContainerIndex {
    var index = ContainerIndex(tensors: [], metadata: [])
    // The least a tensor takes: two lengths, flags, rank, offset, byte count.
    let tensorCount = try count(unit: 4 + 4 + 1 + 4 + 8 + 8)
    index.tensors.reserveCapacity(tensorCount)
    for position in 0..<tensorCount {
      index.tensors.append(try tensor(at: position, limits: limits))
    }
    let metadataCount = try count(unit: 4 + 1 + 1)
    index.metadata.reserveCapacity(metadataCount)
    for _ in 0..<metadataCount {
      let key = try text()
      index.metadata.append(MetadataEntry(key, try value()))
    }
    try finish()
    return index
  }

  private mutating func tensor(at position: Int, limits: Limits) throws(ModelError)
    -> TensorInfo
  {
    let name = try text()
    let type = try text()
    let flags = try integer(UInt8.self)
    let rank = Int(try integer(UInt32.self))
    guard flags <= 1 else { throw WireReader.breach("a tensor has the flags \(flags)") }
    guard rank <= limits.rank else { throw WireReader.breach("a tensor has the rank \(rank)") }
    let extents = try integers(UInt64.self, count: rank)
    let offset = try integer(UInt64.self)
    let byteCount = try integer(UInt64.self)
    guard let elementType = ElementType(rawValue: type) else {
      throw WireReader.breach("a tensor has the element type \"\(type.prefix(64))\"")
    }
    do throws(ModelError) {
      var dimensions: [Int] = []
      for extent in extents { dimensions.append(try Checked.int(extent)) }
      return TensorInfo(
        name: name, elementType: elementType, shape: try Shape(dimensions),
        offset: try Checked.int(offset), byteCount: try Checked.int(byteCount),
        indexInFile: position, isReadByPlugin: flags == 1)
    } catch {
      throw WireReader.breach(error.message).at(tensor: name)
    }
  }

  private mutating func value() throws(ModelError) -> MetadataValue {
    switch try kind() {
    case .uint8: return .uint8(try integer(UInt8.self))
    case .int8: return .int8(try integer(Int8.self))
    case .uint16: return .uint16(try integer(UInt16.self))
    case .int16: return .int16(try integer(Int16.self))
    case .uint32: return .uint32(try integer(UInt32.self))
    case .int32: return .int32(try integer(Int32.self))
    case .uint64: return .uint64(try integer(UInt64.self))
    case .int64: return .int64(try integer(Int64.self))
    case .float32: return .float32(Float(bitPattern: try integer(UInt32.self)))
    case .float64: return .float64(Double(bitPattern: try integer(UInt64.self)))
    case .bool: return .bool(try bool(try integer(UInt8.self)))
    case .string: return .string(try text())
    case .array: return .array(try array())
    }
  }

  private mutating func array() throws(ModelError) -> MetadataArray {
    let kind = try kind()
    let count = try count(unit: kind == .string ? 4 : 1)
    switch kind {
    case .uint8: return .uint8(try integers(UInt8.self, count: count))
    case .int8: return .int8(try integers(Int8.self, count: count))
    case .uint16: return .uint16(try integers(UInt16.self, count: count))
    case .int16: return .int16(try integers(Int16.self, count: count))
    case .uint32: return .uint32(try integers(UInt32.self, count: count))
    case .int32: return .int32(try integers(Int32.self, count: count))
    case .uint64: return .uint64(try integers(UInt64.self, count: count))
    case .int64: return .int64(try integers(Int64.self, count: count))
    case .float32:
      return .float32(try integers(UInt32.self, count: count).map { Float(bitPattern: $0) })
    case .float64:
      return .float64(try integers(UInt64.self, count: count).map { Double(bitPattern: $0) })
    case .bool:
      var values: [Bool] = []
      for byte in try integers(UInt8.self, count: count) { values.append(try bool(byte)) }
      return .bool(values)
    case .string:
      var texts: [String] = []
      texts.reserveCapacity(count)
      for _ in 0..<count { texts.append(try text()) }
      return .string(texts)
    case .array: throw WireReader.breach("an array holds arrays")
    }
  }

  private mutating func kind() throws(ModelError) -> WireFormat.ValueKind {
    let number = try integer(UInt8.self)
    guard let kind = WireFormat.ValueKind(rawValue: number) else {
      throw WireReader.breach("a metadata value has the kind \(number)")
    }
    return kind
  }

  private func bool(_ byte: UInt8) throws(ModelError) -> Bool {
    guard byte <= 1 else { throw WireReader.breach("a truth value is \(byte)") }
    return byte == 1
  }
}
