/// A metadata value with the exact type it has in its file.
public enum MetadataValue: Sendable, Hashable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case uint64(UInt64)
  case int64(Int64)
  case float32(Float)
  case float64(Double)
  case bool(Bool)
  case string(String)
  case array(MetadataArray)
}

/// An array of metadata values of one type; arrays do not nest.
public enum MetadataArray: Sendable, Hashable {
  case uint8([UInt8])
  case int8([Int8])
  case uint16([UInt16])
  case int16([Int16])
  case uint32([UInt32])
  case int32([Int32])
  case uint64([UInt64])
  case int64([Int64])
  case float32([Float])
  case float64([Double])
  case bool([Bool])
  case string([String])

  /// The number of elements.
  public var count: Int {
    switch self {
    case .uint8(let a): a.count
    case .int8(let a): a.count
    case .uint16(let a): a.count
    case .int16(let a): a.count
    case .uint32(let a): a.count
    case .int32(let a): a.count
    case .uint64(let a): a.count
    case .int64(let a): a.count
    case .float32(let a): a.count
    case .float64(let a): a.count
    case .bool(let a): a.count
    case .string(let a): a.count
    }
  }
}

/// One metadata entry. Order is kept: a list, not a dictionary.
public struct MetadataEntry: Sendable, Hashable {
  /// The key, as in the file.
  public var key: String
  /// The value, with its type.
  public var value: MetadataValue

  /// Creates an entry.
  public init(_ key: String, _ value: MetadataValue) {
    self.key = key
    self.value = value
  }
}

extension MetadataValue {
  /// The value if it is a string.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The value if it is an integer of any width that fits an `Int`.
  public var integer: Int? {
    switch self {
    case .uint8(let v): Int(v)
    case .int8(let v): Int(v)
    case .uint16(let v): Int(v)
    case .int16(let v): Int(v)
    case .uint32(let v): Int(v)
    case .int32(let v): Int(v)
    case .uint64(let v): Int(exactly: v)
    case .int64(let v): Int(v)
    default: nil
    }
  }
}

extension [MetadataEntry] {
  /// The value of the first entry with `key`. Linear in the number of entries.
  public subscript(key: String) -> MetadataValue? {
    first { $0.key == key }?.value
  }
}
