public import Tensors

/// One change of a file's metadata.
public enum MetadataEdit: Sendable, Hashable {
  /// The key has this value: at its place if it is there, otherwise at the end.
  case set(MetadataEntry)
  /// The key has this whole number, in the type of whole numbers that it has, or else as `uint32`.
  case setInteger(key: String, Int)
  /// The key has this number, in the type of numbers that it has, or else as `float32`.
  case setFloat(key: String, Double)
  /// The key is gone.
  case remove(key: String)

  /// The key that changes.
  public var key: String {
    switch self {
    case .set(let entry): entry.key
    case .setInteger(let key, _), .setFloat(let key, _), .remove(let key): key
    }
  }

  /// Keys that say where bytes are, or how metadata are carried: they follow from the file.
  static let reservedKeys = [
    "general.alignment", "split.no", "split.count", "split.tensors.count", MetadataCarrier.key,
  ]

  /// `entries` with every edit applied in turn, and the edits with the types that they got: never
  /// `setInteger` or `setFloat`. O(edits × entries).
  ///
  /// Throws `invalidArgument`: `metadata-key-reserved`, `metadata-key-empty`,
  /// `metadata-value` for a number that the key's type does not hold; `notFound`
  /// (`metadata-key-missing`) for a key to remove that is not there.
  static func apply(_ edits: [MetadataEdit], to entries: [MetadataEntry]) throws(ModelError)
    -> (entries: [MetadataEntry], edits: [MetadataEdit])
  {
    var result = entries
    var resolved: [MetadataEdit] = []
    for edit in edits {
      try edit.checkKey()
      let index = result.firstIndex { $0.key == edit.key }
      let value: MetadataValue
      switch edit {
      case .remove(let key):
        guard let index else {
          throw ModelError(.notFound, "metadata-key-missing", "there is no \"\(key)\" to remove")
        }
        result.remove(at: index)
        resolved.append(edit)
        continue
      case .set(let entry): value = entry.value
      case .setInteger(let key, let number):
        value = try integer(number, like: index.map { result[$0].value }, key)
      case .setFloat(let key, let number):
        value = try float(number, like: index.map { result[$0].value }, key)
      }
      let entry = MetadataEntry(edit.key, value)
      if let index { result[index] = entry } else { result.append(entry) }
      resolved.append(.set(entry))
    }
    return (result, resolved)
  }

  /// `edits` and then `later` ones with each key once, at the place of its first edit and as its last
  /// one says: what a manifest records.
  static func merged(_ edits: [MetadataEdit], _ later: [MetadataEdit]) -> [MetadataEdit] {
    var result: [MetadataEdit] = []
    for edit in edits + later {
      if let index = result.firstIndex(where: { $0.key == edit.key }) {
        result[index] = edit
      } else {
        result.append(edit)
      }
    }
    return result
  }

  private func checkKey() throws(ModelError) {
    guard !key.isEmpty else {
      throw ModelError(.invalidArgument, "metadata-key-empty", "a key is empty")
    }
    guard !MetadataEdit.reservedKeys.contains(key) else {
      throw ModelError(
        .invalidArgument, "metadata-key-reserved",
        "\"\(key)\" says how the file is laid out, and cannot be set or removed")
    }
  }

  private static func integer(_ number: Int, like old: MetadataValue?, _ key: String)
    throws(ModelError) -> MetadataValue
  {
    let value: MetadataValue? =
      switch old {
      case .uint8: UInt8(exactly: number).map { .uint8($0) }
      case .int8: Int8(exactly: number).map { .int8($0) }
      case .uint16: UInt16(exactly: number).map { .uint16($0) }
      case .int16: Int16(exactly: number).map { .int16($0) }
      case .int32: Int32(exactly: number).map { .int32($0) }
      case .uint64: UInt64(exactly: number).map { .uint64($0) }
      case .int64: .int64(Int64(number))
      default: UInt32(exactly: number).map { .uint32($0) }
      }
    guard let value else {
      let type = old?.integer == nil ? "uint32" : old.map(MetadataJSON.typeName) ?? "uint32"
      throw ModelError(
        .invalidArgument, "metadata-value",
        "\"\(key)\" is \(type), which does not hold \(number); name another type, such as int64")
    }
    return value
  }

  private static func float(_ number: Double, like old: MetadataValue?, _ key: String)
    throws(ModelError) -> MetadataValue
  {
    if case .float64 = old { return .float64(number) }
    let single = Float(number)
    guard single.isFinite else {
      throw ModelError(
        .invalidArgument, "metadata-value",
        "\"\(key)\" is float32, which does not hold \(number); name the type float64")
    }
    return .float32(single)
  }
}
