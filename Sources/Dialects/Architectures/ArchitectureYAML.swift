internal import Tensors
internal import Yams

/// One value of an architecture file, as text: nothing is guessed to be a number or a date.
indirect enum ArchitectureYAML {
  case scalar(String, isQuoted: Bool, line: Int)
  case list([ArchitectureYAML], line: Int)
  case mapping([(key: String, value: ArchitectureYAML)], line: Int)

  /// Bytes that a file may have; real ones have some thousand.
  static let maximumByteCount = 256 << 10

  /// Parses one document.
  ///
  /// Throws `limitExceeded` (`architecture-too-large`), `invalidArgument` (`architecture-syntax`).
  static func parse(_ text: String) throws(ModelError) -> ArchitectureYAML {
    guard text.utf8.count <= maximumByteCount else {
      throw ModelError(
        .limitExceeded, "architecture-too-large",
        "\(text.utf8.count) bytes are more than the \(maximumByteCount) an architecture may have")
    }
    // Anchors make documents that unfold to sizes nobody can hold, already within the parser.
    guard !text.utf8.contains(UInt8(ascii: "&")) else {
      throw ModelError(
        .invalidArgument, "architecture-syntax", "architecture files have no anchors and no &")
    }
    let node: Node?
    do {
      node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch {
      throw ModelError(.invalidArgument, "architecture-syntax", "not YAML: \(error)")
    }
    guard let node else {
      throw ModelError(.invalidArgument, "architecture-syntax", "the file is empty")
    }
    return try value(of: node, depth: 0)
  }

  private static func value(of node: Node, depth: Int) throws(ModelError) -> ArchitectureYAML {
    let line = node.mark?.line ?? 0
    guard depth < 16 else {
      throw ModelError(
        .invalidArgument, "architecture-syntax", "line \(line): more than 16 levels")
    }
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      return .scalar(scalar.string, isQuoted: isQuoted, line: line)
    case .sequence(let sequence):
      var elements: [ArchitectureYAML] = []
      for element in sequence { elements.append(try value(of: element, depth: depth + 1)) }
      return .list(elements, line: line)
    case .mapping(let mapping):
      var pairs: [(key: String, value: ArchitectureYAML)] = []
      for pair in mapping {
        guard let key = pair.key.scalar?.string else {
          throw ModelError(
            .invalidArgument, "architecture-syntax", "line \(line): a key is a single word")
        }
        pairs.append((key, try value(of: pair.value, depth: depth + 1)))
      }
      return .mapping(pairs, line: line)
    case .alias:
      throw ModelError(
        .invalidArgument, "architecture-syntax", "line \(line): architecture files have no aliases")
    }
  }

  /// Where the value begins.
  var line: Int {
    switch self {
    case .scalar(_, _, let line), .list(_, let line), .mapping(_, let line): line
    }
  }

  /// The text of a scalar.
  var text: String? { if case .scalar(let text, _, _) = self { text } else { nil } }

  /// The value as JSON would have it: words in quotes are strings, others what they look like.
  var json: JSONValue {
    switch self {
    case .scalar(let text, let isQuoted, _):
      if isQuoted { return .string(text) }
      switch text {
      case "true", "false": return .bool(text == "true")
      case "null", "": return .null
      default:
        return Double(text) != nil && text.first.map { $0 == "-" || $0.isNumber } == true
          ? .number(text) : .string(text)
      }
    case .list(let elements, _): return .array(elements.map(\.json))
    case .mapping(let pairs, _):
      return .object(Dictionary(pairs.map { ($0.key, $0.value.json) }) { first, _ in first })
    }
  }
}
