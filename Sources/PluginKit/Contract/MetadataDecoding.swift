internal import CIngotPlugin
internal import Tensors

/// Copies one metadata value out of the C contract.
struct MetadataDecoding {
  let decoding: IndexDecoding
  let key: String

  /// The value; nil if a number does not fit the type it is said to have.
  /// Throws what `IndexDecoding.decode` lists.
  func value(of entry: ingot_metadata) throws(ModelError) -> MetadataValue? {
    let unsigned = entry.value.u64
    let signed = entry.value.i64
    switch Int(entry.type) {
    case INGOT_U8: return UInt8(exactly: unsigned).map { .uint8($0) }
    case INGOT_U16: return UInt16(exactly: unsigned).map { .uint16($0) }
    case INGOT_U32: return UInt32(exactly: unsigned).map { .uint32($0) }
    case INGOT_U64: return .uint64(unsigned)
    case INGOT_I8: return Int8(exactly: signed).map { .int8($0) }
    case INGOT_I16: return Int16(exactly: signed).map { .int16($0) }
    case INGOT_I32: return Int32(exactly: signed).map { .int32($0) }
    case INGOT_I64: return .int64(signed)
    case INGOT_F32: return .float32(entry.value.f32)
    case INGOT_F64: return .float64(entry.value.f64)
    case INGOT_BOOL: return unsigned > 1 ? nil : .bool(unsigned == 1)
    case INGOT_STRING: return .string(try text(entry.value.string))
    case INGOT_ARRAY: return try array(entry.value.array).map { .array($0) }
    default: throw unknownType(entry.type)
    }
  }

  private func array(_ array: ingot_array) throws(ModelError) -> MetadataArray? {
    // A count that does not fit an Int cannot be the length of anything in memory.
    guard let count = Int(exactly: array.count), count == 0 || array.elements != nil,
      UInt(bitPattern: array.elements) % alignment(of: array.element_type) == 0
    else {
      throw decoding.error(
        "array-missing", "the array \"\(key.prefix(64))\" of \(array.count) elements is not there")
    }
    func elements<T: BitwiseCopyable>(_: T.Type) -> [T] {
      guard let base = array.elements, count > 0 else { return [] }
      return Array(
        UnsafeBufferPointer(start: base.assumingMemoryBound(to: T.self), count: count))
    }
    switch Int(array.element_type) {
    case INGOT_U8: return .uint8(elements(UInt8.self))
    case INGOT_I8: return .int8(elements(Int8.self))
    case INGOT_U16: return .uint16(elements(UInt16.self))
    case INGOT_I16: return .int16(elements(Int16.self))
    case INGOT_U32: return .uint32(elements(UInt32.self))
    case INGOT_I32: return .int32(elements(Int32.self))
    case INGOT_U64: return .uint64(elements(UInt64.self))
    case INGOT_I64: return .int64(elements(Int64.self))
    case INGOT_F32: return .float32(elements(Float.self))
    case INGOT_F64: return .float64(elements(Double.self))
    case INGOT_BOOL:
      let bytes = elements(UInt8.self)
      return bytes.contains { $0 > 1 } ? nil : .bool(bytes.map { $0 == 1 })
    case INGOT_STRING:
      var strings: [String] = []
      strings.reserveCapacity(count)
      if let base = array.elements?.assumingMemoryBound(to: ingot_string.self) {
        for position in 0..<count { strings.append(try text(base[position])) }
      }
      return .string(strings)
    default: throw unknownType(array.element_type)
    }
  }

  private func text(_ string: ingot_string) throws(ModelError) -> String {
    guard let text = string.text else {
      throw decoding.error(
        "metadata-not-utf8", "a text of the metadata \"\(key.prefix(64))\" is not UTF-8")
    }
    return text
  }

  private func alignment(of type: UInt32) -> UInt {
    switch Int(type) {
    case INGOT_U8, INGOT_I8, INGOT_BOOL: 1
    case INGOT_U16, INGOT_I16: 2
    case INGOT_U32, INGOT_I32, INGOT_F32: 4
    default: 8
    }
  }

  private func unknownType(_ type: UInt32) -> ModelError {
    decoding.error(
      "metadata-type-unknown",
      "the type \(type) of the metadata \"\(key.prefix(64))\" is not "
        + "defined")
  }
}
