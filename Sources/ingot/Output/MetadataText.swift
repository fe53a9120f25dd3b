internal import Conversion
internal import Tensors

/// Metadata values for people and as JSON.
enum MetadataText {
  /// A value on one line; long text and arrays are cut, with their length.
  static func short(_ value: MetadataValue) -> String {
    switch json(value) {
    case .array(let elements):
      let shown = elements.prefix(6).map { cut($0.compactText, 24) }.joined(separator: ", ")
      return elements.count <= 6 ? "[\(shown)]" : "[\(shown), … \(elements.count) in all]"
    case let scalar: return cut(escapingControls(scalar.compactText), 100)
    }
  }

  private static func cut(_ text: String, _ count: Int) -> String {
    text.count <= count ? text : text.prefix(count) + "… (\(text.count) characters)"
  }

  /// The type's name as in the GGUF specification.
  static func typeName(_ value: MetadataValue) -> String {
    switch value {
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .uint32: "uint32"
    case .int32: "int32"
    case .uint64: "uint64"
    case .int64: "int64"
    case .float32: "float32"
    case .float64: "float64"
    case .bool: "bool"
    case .string: "string"
    case .array: "array"
    }
  }

  /// The same, with the type of the elements of an array: `[string]`.
  static func exactTypeName(_ value: MetadataValue) -> String { MetadataEdit.typeName(of: value) }

  /// Key, exact type and value.
  static func json(_ entry: MetadataEntry) -> JSONValue {
    .object([
      "key": .string(entry.key), "type": .string(exactTypeName(entry.value)),
      "value": json(entry.value),
    ])
  }

  /// The value as JSON; what JSON has no number for (NaN, infinities) as a string.
  static func json(_ value: MetadataValue) -> JSONValue {
    switch value {
    case .uint8(let v): .number(String(v))
    case .int8(let v): .number(String(v))
    case .uint16(let v): .number(String(v))
    case .int16(let v): .number(String(v))
    case .uint32(let v): .number(String(v))
    case .int32(let v): .number(String(v))
    case .uint64(let v): .number(String(v))
    case .int64(let v): .number(String(v))
    case .float32(let v): v.isFinite ? .number("\(v)") : .string("\(v)")
    case .float64(let v): v.isFinite ? .number("\(v)") : .string("\(v)")
    case .bool(let v): .bool(v)
    case .string(let v): .string(v)
    case .array(let a): .array(elements(a))
    }
  }

  private static func elements(_ array: MetadataArray) -> [JSONValue] {
    switch array {
    case .uint8(let a): a.map { json(.uint8($0)) }
    case .int8(let a): a.map { json(.int8($0)) }
    case .uint16(let a): a.map { json(.uint16($0)) }
    case .int16(let a): a.map { json(.int16($0)) }
    case .uint32(let a): a.map { json(.uint32($0)) }
    case .int32(let a): a.map { json(.int32($0)) }
    case .uint64(let a): a.map { json(.uint64($0)) }
    case .int64(let a): a.map { json(.int64($0)) }
    case .float32(let a): a.map { json(.float32($0)) }
    case .float64(let a): a.map { json(.float64($0)) }
    case .bool(let a): a.map { .bool($0) }
    case .string(let a): a.map { .string($0) }
    }
  }
}
