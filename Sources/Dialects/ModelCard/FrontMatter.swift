internal import Tensors
internal import Yams

/// The YAML between the first two lines `---` of a card.
///
/// Every scalar is text: nothing is guessed to be a number, a date or Norway; but for a plain `null`,
/// `~` or nothing, which is null.
enum FrontMatter {
  /// Bytes that it may have; cards with the results of many benchmarks have some hundred thousand.
  static let maximumByteCount = 4 << 20
  private static let maximumDepth = 64
  private static let maximumNodeCount = 1_000_000
  /// Aliases that it may have beside an anchor. Few of them unfold to little, however they nest, and
  /// what looks like one or the other in a text does no harm.
  private static let maximumAliasCount = 16

  /// The members at the top; empty without front matter, or if it is no mapping.
  ///
  /// Throws `malformed` (`front-matter-syntax`), `limitExceeded` (`front-matter-too-large`,
  /// `front-matter-too-deep`, `front-matter-aliases`).
  static func parse(_ bytes: [UInt8]) throws(ModelError) -> [String: JSONValue] {
    guard let text = try text(in: bytes) else { return [:] }
    try checkAliases(text)
    let node: Node?
    do {
      node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch {
      throw syntaxError(error)
    }
    guard let node, node.mapping != nil else { return [:] }
    var nodeCount = 0
    return try value(of: node, depth: 1, &nodeCount).object ?? [:]
  }

  /// The lines between the first two `---`, tabs as two spaces, as gguf-py reads them; nil if the
  /// text does not begin so, or if that line is a rule across the page that nothing closes.
  private static func text(in bytes: [UInt8]) throws(ModelError) -> String? {
    let marker = Array("---".utf8)
    var lines: [UInt8] = []
    var start = 0
    var isFirst = true
    while start < bytes.count {
      let rest = bytes[start...]
      let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      let line = bytes[start..<end]
      start = end + 1
      if end + 1 < bytes.count, bytes[end] == 0x0D, bytes[end + 1] == 0x0A { start += 1 }
      if isFirst {
        guard line.elementsEqual(marker) else { return nil }
        isFirst = false
      } else if line.elementsEqual(marker) {
        guard let text = String(validating: lines, as: UTF8.self) else {
          throw ModelError(.malformed, "front-matter-syntax", "the front matter is not UTF-8")
        }
        return text
      } else {
        for byte in line { if byte == 0x09 { lines += [0x20, 0x20] } else { lines.append(byte) } }
        lines.append(0x0A)
        guard lines.count <= maximumByteCount else {
          throw ModelError(
            .limitExceeded, "front-matter-too-large",
            "the front matter has more than \(maximumByteCount) bytes")
        }
      }
    }
    return nil
  }

  /// An alias to a list of aliases to a list of aliases … unfolds, already within the parser, to more
  /// than there is room for.
  private static func checkAliases(_ text: String) throws(ModelError) {
    var anchorCount = 0
    var aliasCount = 0
    var isStart = true
    var sign: UInt8 = 0
    for byte in text.utf8 {
      let isSpace = byte == 0x20 || byte == 0x0A
      if sign != 0, !isSpace {
        if sign == UInt8(ascii: "&") { anchorCount += 1 } else { aliasCount += 1 }
      }
      sign = isStart && (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")) ? byte : 0
      isStart = isSpace || "[{,:".utf8.contains(byte)
    }
    guard anchorCount == 0 || aliasCount <= maximumAliasCount else {
      throw ModelError(
        .limitExceeded, "front-matter-aliases",
        "the front matter has \(anchorCount) anchors and \(aliasCount) aliases; "
          + "\(maximumAliasCount) aliases are the most")
    }
  }

  private static func value(of node: Node, depth: Int, _ nodeCount: inout Int) throws(ModelError)
    -> JSONValue
  {
    nodeCount += 1
    guard depth <= maximumDepth, nodeCount <= maximumNodeCount else { throw tooDeep() }
    if let scalar = node.scalar {
      let isNull =
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      return isNull ? .null : .string(scalar.string)
    }
    if let sequence = node.sequence {
      var elements: [JSONValue] = []
      for element in sequence {
        elements.append(try value(of: element, depth: depth + 1, &nodeCount))
      }
      return .array(elements)
    }
    var members: [String: JSONValue] = [:]
    for (key, element) in node.mapping ?? [:] {
      // A key that is no scalar is none that anybody asks for.
      guard let key = key.scalar?.string else { continue }
      members[key] = try value(of: element, depth: depth + 1, &nodeCount)
    }
    return .object(members)
  }

  private static func tooDeep() -> ModelError {
    ModelError(
      .limitExceeded, "front-matter-too-deep",
      "the front matter nests deeper than \(maximumDepth), or unfolds to more than "
        + "\(maximumNodeCount) values")
  }

  private static func syntaxError(_ error: any Error) -> ModelError {
    let problem =
      switch error as? YamlError {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        "line \(mark.line + 1), column \(mark.column): \(problem)"
      case .duplicatedKeysInMapping(let duplicates, _):
        "a key twice: \(duplicates.joined(separator: ", "))"
      case .reader(let problem, let offset, _, _): "\(problem) at byte \(offset ?? 0)"
      default: "\(error)"
      }
    return ModelError(.malformed, "front-matter-syntax", "the front matter is no YAML: \(problem)")
  }
}
