/// A JSON value as a tree, for small documents: manifests, shard indexes, plugin manifests.
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// The literal, as in the text.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// Keys are unique.
  case object([String: JSONValue])

  /// An integer.
  public static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

  /// Parses one JSON value that is all of `bytes`.
  ///
  /// Throws `malformed` (`json-syntax`, `json-too-deep`, `not-utf8`, `json-trailing-text`),
  /// `refused` (`duplicate-key`).
  public static func parse(_ bytes: [UInt8]) throws(ModelError) -> JSONValue {
    var scanner = JSONScanner(bytes)
    let value = try parse(&scanner)
    try scanner.finish()
    return value
  }

  /// Takes the next value from `scanner`, for a small part of a large document.
  ///
  /// Throws `malformed` (`json-syntax`, `json-too-deep`, `not-utf8`), `refused` (`duplicate-key`).
  public static func parse(_ scanner: inout JSONScanner) throws(ModelError) -> JSONValue {
    switch try scanner.peek() {
    case .null:
      try scanner.null()
      return .null
    case .bool: return .bool(try scanner.bool())
    case .number: return .number(try scanner.number())
    case .string: return .string(try scanner.string())
    case .array:
      try scanner.beginArray()
      var elements: [JSONValue] = []
      while try scanner.nextElement() { elements.append(try parse(&scanner)) }
      return .array(elements)
    case .object:
      try scanner.beginObject()
      var members: [String: JSONValue] = [:]
      while let key = try scanner.nextKey() {
        let value = try parse(&scanner)
        guard members.updateValue(value, forKey: key) == nil else {
          throw ModelError(
            .refused, "duplicate-key", "the key \"\(key)\" appears twice",
            offset: UInt64(scanner.offset))
        }
      }
      return .object(members)
    }
  }

  /// The member `key` of an object; nil for other values.
  public subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// The text of a string.
  public var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The elements of an array.
  public var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

  /// The members of an object.
  public var object: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// A number that is written as an integer and fits an `Int`.
  public var integer: Int? { if case .number(let literal) = self { Int(literal) } else { nil } }

  /// A number.
  public var double: Double? {
    if case .number(let literal) = self { Double(literal) } else { nil }
  }
}

extension JSONValue {
  /// Canonical text: keys sorted by UTF-8 bytes, two-space indentation, no trailing space, `/` and
  /// non-ASCII characters unescaped, one newline at the end. Equal values give equal bytes.
  public var canonicalText: String {
    var text = ""
    write(into: &text, indentation: "", pretty: true)
    return text + "\n"
  }

  /// The same on one line, without spaces and without a newline.
  public var compactText: String {
    var text = ""
    write(into: &text, indentation: "", pretty: false)
    return text
  }

  private func write(into text: inout String, indentation: String, pretty: Bool) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let literal): text += literal
    case .string(let value): JSONValue.quote(value, into: &text)
    case .array(let elements):
      JSONValue.writeList(elements, "[", "]", &text, indentation, pretty) { element, inner, text in
        element.write(into: &text, indentation: inner, pretty: pretty)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      JSONValue.writeList(sorted, "{", "}", &text, indentation, pretty) { member, inner, text in
        JSONValue.quote(member.key, into: &text)
        text += pretty ? ": " : ":"
        member.value.write(into: &text, indentation: inner, pretty: pretty)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ opener: String, _ closer: String, _ text: inout String,
    _ indentation: String, _ pretty: Bool, _ write: (Element, String, inout String) -> Void
  ) {
    text += opener
    let inner = indentation + "  "
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if pretty { text += "\n" + inner }
      write(element, inner, &text)
    }
    if pretty, !elements.isEmpty { text += "\n" + indentation }
    text += closer
  }

  private static func quote(_ value: String, into text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<" ":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
