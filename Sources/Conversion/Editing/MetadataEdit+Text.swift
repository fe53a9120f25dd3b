public import Tensors

/// `KEY=TYPE:VALUE`, as llama-quantize's `--override-kv` takes it, with more types.
extension MetadataEdit {
  /// Parses `KEY=TYPE:VALUE`.
  ///
  /// The types `int`, `float`, `bool` and `str` are llama-quantize's; the others are those of the GGUF
  /// specification: `uint8` to `float64`, `string`, and lists as `[uint8]` or `[string]`, whose
  /// value is a JSON array. `int` and `float` take the type that the key has. The key ends at the
  /// first `=`, the type at the first `:` after it.
  ///
  /// Throws `invalidArgument`: `metadata-syntax`, `metadata-type-unknown`, `metadata-value` for a
  /// value that is none of its type, not finite or out of its range.
  public init(parsing text: String) throws(ModelError) {
    guard let equals = text.firstIndex(of: "=") else {
      throw ModelError(
        .invalidArgument, "metadata-syntax",
        "\"\(text)\" is not KEY=TYPE:VALUE, such as "
          + "general.name=str:Mine")
    }
    self = try MetadataEdit(
      key: String(text[..<equals]), typed: String(text[text.index(after: equals)...]))
  }

  /// The edit that gives `key` the value `typed`, `TYPE:VALUE`.
  init(key: String, typed: String) throws(ModelError) {
    guard let colon = typed.firstIndex(of: ":") else {
      throw ModelError(
        .invalidArgument, "metadata-syntax",
        "\"\(key)=\(typed)\" is not KEY=TYPE:VALUE: a type and a colon are missing")
    }
    let type = String(typed[..<colon])
    let text = String(typed[typed.index(after: colon)...])
    func wrong() -> ModelError {
      ModelError(
        .invalidArgument, "metadata-value", "\"\(key)\": \"\(text.prefix(80))\" is no \(type)")
    }
    switch type {
    case "int":
      guard let number = Int(text) else { throw wrong() }
      self = .setInteger(key: key, number)
    case "float":
      guard let number = Double(text), number.isFinite else { throw wrong() }
      self = .setFloat(key: key, number)
    default:
      let name = type == "str" ? "string" : type
      guard MetadataJSON.typeNames.contains(name) else {
        throw ModelError(
          .invalidArgument, "metadata-type-unknown",
          "\"\(key)\": no type is called \"\(type)\"; there are int, float, bool, str, "
            + MetadataJSON.typeNames.joined(separator: ", "))
      }
      guard let value = MetadataJSON.value(name, text) else { throw wrong() }
      self = .set(MetadataEntry(key, value))
    }
  }

  /// The exact type of a value, as `init(parsing:)` takes it: `uint32`, `[string]`.
  public static func typeName(of value: MetadataValue) -> String { MetadataJSON.typeName(value) }

  /// `TYPE:VALUE` with the exact type, or nil for a removal: what manifests hold, and what
  /// `init(key:typed:)` reads back to the same edit. Numbers without a type have none.
  var typed: String? {
    switch self {
    case .set(let entry): MetadataJSON.typeName(entry.value) + ":" + MetadataJSON.text(entry.value)
    case .setInteger(_, let number): "int:\(number)"
    case .setFloat(_, let number): "float:\(number)"
    case .remove: nil
    }
  }
}

extension MetadataJSON {
  private static let scalarNames = [
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64",
    "bool", "string",
  ]

  /// The exact types: those of single values, then lists of them.
  static let typeNames = scalarNames + scalarNames.map { "[\($0)]" }

  /// The name of the type, in brackets for a list.
  static func typeName(_ value: MetadataValue) -> String { write(value).0 }

  /// The value as it is typed after the type: a text as it is, all else as JSON with decimal numbers.
  static func text(_ value: MetadataValue) -> String {
    switch value {
    case .string(let text): text
    case .float32(let number): "\(number)"
    case .float64(let number): "\(number)"
    case .array(.float32(let numbers)):
      JSONValue.array(numbers.map { .number("\($0)") }).compactText
    case .array(.float64(let numbers)):
      JSONValue.array(numbers.map { .number("\($0)") }).compactText
    default: write(value).1.compactText
    }
  }

  /// The value that `text` is in the type `name`; nil if it is none. Numbers are finite.
  static func value(_ name: String, _ text: String) -> MetadataValue? {
    switch name {
    case "string": return .string(text)
    case "bool": return Bool(text).map { .bool($0) }
    case "float32": return finite(Float(text)).map { .float32($0) }
    case "float64": return finite(Double(text)).map { .float64($0) }
    default: break
    }
    guard name.hasPrefix("[") else { return read(name, .number(text)) }
    let json: JSONValue
    do throws(ModelError) { json = try JSONValue.parse(Array(text.utf8)) } catch { return nil }
    guard let items = json.array else { return nil }
    let literals = items.compactMap { if case .number(let literal) = $0 { literal } else { nil } }
    switch name {
    case "[float32]":
      let numbers = literals.compactMap { finite(Float($0)) }
      return numbers.count == items.count ? .array(.float32(numbers)) : nil
    case "[float64]":
      let numbers = literals.compactMap { finite(Double($0)) }
      return numbers.count == items.count ? .array(.float64(numbers)) : nil
    default: return read(name, json)
    }
  }

  private static func finite<Number: BinaryFloatingPoint>(_ number: Number?) -> Number? {
    number.flatMap { $0.isFinite ? $0 : nil }
  }
}
