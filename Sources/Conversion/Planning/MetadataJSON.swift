internal import Tensors

/// Metadata values as a type name and a JSON value, exactly.
enum MetadataJSON {
  /// The type's name and the value.
  static func write(_ value: MetadataValue) -> (String, JSONValue) {
    switch value {
    case .uint8(let v): ("uint8", number(v))
    case .int8(let v): ("int8", number(v))
    case .uint16(let v): ("uint16", number(v))
    case .int16(let v): ("int16", number(v))
    case .uint32(let v): ("uint32", number(v))
    case .int32(let v): ("int32", number(v))
    case .uint64(let v): ("uint64", number(v))
    case .int64(let v): ("int64", number(v))
    case .float32(let v): ("float32", number(v.bitPattern))
    case .float64(let v): ("float64", number(v.bitPattern))
    case .bool(let v): ("bool", .bool(v))
    case .string(let v): ("string", .string(v))
    case .array(let array): write(array)
    }
  }

  private static func write(_ array: MetadataArray) -> (String, JSONValue) {
    switch array {
    case .uint8(let a): ("[uint8]", .array(a.map(number)))
    case .int8(let a): ("[int8]", .array(a.map(number)))
    case .uint16(let a): ("[uint16]", .array(a.map(number)))
    case .int16(let a): ("[int16]", .array(a.map(number)))
    case .uint32(let a): ("[uint32]", .array(a.map(number)))
    case .int32(let a): ("[int32]", .array(a.map(number)))
    case .uint64(let a): ("[uint64]", .array(a.map(number)))
    case .int64(let a): ("[int64]", .array(a.map(number)))
    case .float32(let a): ("[float32]", .array(a.map { number($0.bitPattern) }))
    case .float64(let a): ("[float64]", .array(a.map { number($0.bitPattern) }))
    case .bool(let a): ("[bool]", .array(a.map { .bool($0) }))
    case .string(let a): ("[string]", .array(a.map { .string($0) }))
    }
  }

  /// The value that `write` was given; nil for anything else.
  static func read(_ type: String, _ json: JSONValue) -> MetadataValue? {
    switch type {
    case "uint8": integer(json).map { .uint8($0) }
    case "int8": integer(json).map { .int8($0) }
    case "uint16": integer(json).map { .uint16($0) }
    case "int16": integer(json).map { .int16($0) }
    case "uint32": integer(json).map { .uint32($0) }
    case "int32": integer(json).map { .int32($0) }
    case "uint64": integer(json).map { .uint64($0) }
    case "int64": integer(json).map { .int64($0) }
    case "float32": integer(json).map { .float32(Float(bitPattern: $0)) }
    case "float64": integer(json).map { .float64(Double(bitPattern: $0)) }
    case "bool": bool(json).map { .bool($0) }
    case "string": json.string.map { .string($0) }
    default: readArray(type, json).map { .array($0) }
    }
  }

  private static func readArray(_ type: String, _ json: JSONValue) -> MetadataArray? {
    guard let items = json.array else { return nil }
    return switch type {
    case "[uint8]": all(items, integer).map { .uint8($0) }
    case "[int8]": all(items, integer).map { .int8($0) }
    case "[uint16]": all(items, integer).map { .uint16($0) }
    case "[int16]": all(items, integer).map { .int16($0) }
    case "[uint32]": all(items, integer).map { .uint32($0) }
    case "[int32]": all(items, integer).map { .int32($0) }
    case "[uint64]": all(items, integer).map { .uint64($0) }
    case "[int64]": all(items, integer).map { .int64($0) }
    case "[float32]": all(items) { integer($0).map { Float(bitPattern: $0) } }.map { .float32($0) }
    case "[float64]": all(items) { integer($0).map { Double(bitPattern: $0) } }.map { .float64($0) }
    case "[bool]": all(items, bool).map { .bool($0) }
    case "[string]": all(items) { $0.string }.map { .string($0) }
    default: nil
    }
  }

  private static func number(_ value: some FixedWidthInteger) -> JSONValue {
    .number(String(value))
  }

  private static func integer<T: FixedWidthInteger>(_ json: JSONValue) -> T? {
    if case .number(let literal) = json { T(literal) } else { nil }
  }

  private static func bool(_ json: JSONValue) -> Bool? {
    if case .bool(let value) = json { value } else { nil }
  }

  private static func all<T>(_ items: [JSONValue], _ read: (JSONValue) -> T?) -> [T]? {
    let values = items.compactMap(read)
    return values.count == items.count ? values : nil
  }
}
