import Tensors

/// The bytes of a GGUF header in the making; numbers are little-endian.
struct HeaderBytes {
  /// What has been appended.
  private(set) var bytes: [UInt8] = []

  mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  mutating func append<T: FixedWidthInteger>(_ number: T) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends a length of 64 bits and the UTF-8 bytes.
  mutating func append(_ text: String) {
    append(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends zeros up to a multiple of `alignment`.
  mutating func pad(to alignment: Int) {
    let remainder = bytes.count % alignment
    if remainder > 0 {
      bytes.append(contentsOf: repeatElement(0, count: alignment - remainder))
    }
  }

  /// Appends the type and the value.
  mutating func append(_ value: MetadataValue) {
    switch value {
    case .uint8(let number): append(.uint8, number)
    case .int8(let number): append(.int8, number)
    case .uint16(let number): append(.uint16, number)
    case .int16(let number): append(.int16, number)
    case .uint32(let number): append(.uint32, number)
    case .int32(let number): append(.int32, number)
    case .uint64(let number): append(.uint64, number)
    case .int64(let number): append(.int64, number)
    case .float32(let number): append(.float32, number.bitPattern)
    case .float64(let number): append(.float64, number.bitPattern)
    case .bool(let truth): append(.bool, UInt8(truth ? 1 : 0))
    case .string(let text):
      append(ValueType.string.rawValue)
      append(text)
    case .array(let array):
      append(ValueType.array.rawValue)
      append(array)
    }
  }

  private mutating func append(_ array: MetadataArray) {
    switch array {
    case .uint8(let numbers): append(.uint8, numbers)
    case .int8(let numbers): append(.int8, numbers)
    case .uint16(let numbers): append(.uint16, numbers)
    case .int16(let numbers): append(.int16, numbers)
    case .uint32(let numbers): append(.uint32, numbers)
    case .int32(let numbers): append(.int32, numbers)
    case .uint64(let numbers): append(.uint64, numbers)
    case .int64(let numbers): append(.int64, numbers)
    case .float32(let numbers): append(.float32, numbers)
    case .float64(let numbers): append(.float64, numbers)
    case .bool(let truths): append(.bool, truths.map { UInt8($0 ? 1 : 0) })
    case .string(let texts):
      append(ValueType.string.rawValue)
      append(UInt64(texts.count))
      for text in texts { append(text) }
    }
  }

  private mutating func append<T: FixedWidthInteger>(_ type: ValueType, _ number: T) {
    append(type.rawValue)
    append(number)
  }

  private mutating func append<T: BitwiseCopyable>(_ type: ValueType, _ numbers: [T]) {
    append(type.rawValue)
    append(UInt64(numbers.count))
    numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }
}
