import Tensors

/// The numbers by which GGUF names types of metadata values; `enum gguf_type` in `gguf.h`.
enum ValueType: UInt32 {
  case uint8 = 0
  case int8, uint16, int16, uint32, int32, float32, bool, string, array
  case uint64, int64, float64

  /// The bytes that one value takes at least: of a string, its length.
  var minimumByteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}

extension HeaderCursor {
  /// Bytes that one metadata value may take in the file: our bound. The largest known value, a
  /// tokenizer as one string, takes about half of it.
  static var maximumValueByteCount: Int { 64 << 20 }

  /// Takes a string of at most `bound` bytes; throws `malformed` (`string-past-end`, `not-utf8`),
  /// `limitExceeded` (`value-too-large`).
  mutating func string(atMost bound: Int) throws(ModelError) -> String {
    let byteCount = try count(of: 1, "string-past-end")
    guard byteCount <= bound else { throw valueTooLarge() }
    return try text(byteCount: byteCount)
  }

  /// Takes the type of a value or of the elements of an array.
  mutating func valueType() throws(ModelError) -> ValueType {
    let start = offset
    let id = try integer(UInt32.self)
    guard let type = ValueType(rawValue: id) else {
      throw ModelError(
        .malformed, "value-type-unknown", "\(id) is no type of metadata values",
        offset: UInt64(start))
    }
    return type
  }

  /// Takes a type and the value that follows it.
  mutating func value() throws(ModelError) -> MetadataValue {
    switch try valueType() {
    case .uint8: .uint8(try integer(UInt8.self))
    case .int8: .int8(try integer(Int8.self))
    case .uint16: .uint16(try integer(UInt16.self))
    case .int16: .int16(try integer(Int16.self))
    case .uint32: .uint32(try integer(UInt32.self))
    case .int32: .int32(try integer(Int32.self))
    case .uint64: .uint64(try integer(UInt64.self))
    case .int64: .int64(try integer(Int64.self))
    case .float32: .float32(Float(bitPattern: try integer(UInt32.self)))
    case .float64: .float64(Double(bitPattern: try integer(UInt64.self)))
    case .bool: .bool(try bools(count: 1)[0])
    case .string: .string(try string(atMost: Self.maximumValueByteCount))
    case .array: .array(try array())
    }
  }

  private mutating func array() throws(ModelError) -> MetadataArray {
    let start = offset
    let type = try valueType()
    guard type != .array else {
      throw ModelError(
        .unsupported, "nested-array", "an array of arrays, which no known reader keeps",
        offset: UInt64(start))
    }
    let count = try count(of: type.minimumByteCount, "array-past-end")
    guard count <= Self.maximumValueByteCount / type.minimumByteCount else {
      throw valueTooLarge()
    }
    return switch type {
    case .uint8: .uint8(try elements(UInt8.self, count: count))
    case .int8: .int8(try elements(Int8.self, count: count))
    case .uint16: .uint16(try elements(UInt16.self, count: count))
    case .int16: .int16(try elements(Int16.self, count: count))
    case .uint32: .uint32(try elements(UInt32.self, count: count))
    case .int32: .int32(try elements(Int32.self, count: count))
    case .uint64: .uint64(try elements(UInt64.self, count: count))
    case .int64: .int64(try elements(Int64.self, count: count))
    case .float32: .float32(try elements(Float.self, count: count))
    case .float64: .float64(try elements(Double.self, count: count))
    case .bool: .bool(try bools(count: count))
    case .string, .array: .string(try strings(count: count))
    }
  }

  private mutating func bools(count: Int) throws(ModelError) -> [Bool] {
    let start = offset
    let bytes = try elements(UInt8.self, count: count)
    if let index = bytes.firstIndex(where: { $0 > 1 }) {
      throw ModelError(
        .malformed, "bool-not-0-or-1", "a truth value is \(bytes[index])",
        offset: UInt64(start + index))
    }
    return bytes.map { $0 == 1 }
  }

  private mutating func strings(count: Int) throws(ModelError) -> [String] {
    let end = offset + Self.maximumValueByteCount
    var strings: [String] = []
    // A claim may be backed by nothing but tensor data, so only what was read decides the memory.
    strings.reserveCapacity(min(count, 1 << 16))
    for _ in 0..<count { strings.append(try string(atMost: end - offset - 8)) }
    return strings
  }

  private func valueTooLarge() -> ModelError {
    ModelError(
      .limitExceeded, "value-too-large",
      "a value takes more than the \(Self.maximumValueByteCount) bytes that are read of one",
      offset: UInt64(offset))
  }
}
