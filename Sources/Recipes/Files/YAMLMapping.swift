internal import Tensors
internal import Yams

/// One mapping of a YAML document, taken apart key by key.
///
/// Every value is text to begin with: nothing is guessed to be a number, a date or Norway. Keys
/// that nobody asks for are errors, and every error has line and column.
struct YAMLMapping {
  private var pairs: [(key: Node, value: Node)]
  private let mark: Mark?
  /// The keys that were asked for: what `finish` proposes.
  private var known: [String] = []

  /// Parses a document that is one mapping.
  ///
  /// Throws `limitExceeded` (`recipe-too-large`), `invalidArgument` (`recipe-syntax`).
  init(document text: String) throws(ModelError) {
    guard text.utf8.count <= RecipeFile.maximumByteCount else {
      throw ModelError(
        .limitExceeded, "recipe-too-large",
        "\(text.utf8.count) bytes are more than the \(RecipeFile.maximumByteCount) a recipe may have"
      )
    }
    try YAMLMapping.refuseAnchors(text)
    let node: Node?
    do {
      // Without a resolver's rules no scalar is converted; UTF-8 is what a Swift string holds.
      node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch {
      throw YAMLMapping.syntaxError(error)
    }
    guard let mapping = node?.mapping else {
      throw YAMLMapping.error(node?.mark, "recipe-syntax", "a recipe is a mapping: `key: value`")
    }
    self.init(mapping)
  }

  private init(_ mapping: Node.Mapping) {
    pairs = mapping.map { ($0.key, $0.value) }
    mark = mapping.mark
  }

  /// Anchors make documents that unfold to sizes nobody can hold, already within the parser. An
  /// anchor is `&` and a word character, so that refusing these is enough.
  private static func refuseAnchors(_ text: String) throws(ModelError) {
    var line = 1
    var previous: UInt8 = 0
    for byte in text.utf8 {
      if previous == UInt8(ascii: "&") {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          throw ModelError(
            .invalidArgument, "recipe-syntax",
            "line \(line): recipe files have no anchors: put a space after the &")
        default: break
        }
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      previous = byte
    }
  }

  private static func syntaxError(_ error: any Error) -> ModelError {
    guard let yaml = error as? YamlError else {
      return ModelError(.invalidArgument, "recipe-syntax", "not YAML: \(error)")
    }
    switch yaml {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      let hint = problem.contains("escape") ? " (patterns with \\ need single quotes)" : ""
      return YAMLMapping.error(mark, "recipe-syntax", "not YAML: \(problem)\(hint)")
    case .composer(_, let problem, let mark, _):
      // The likeliest reason for an undefined alias is a glob without quotes.
      return YAMLMapping.error(
        mark, "recipe-syntax", "not YAML: \(problem) (a glob that begins with * needs quotes)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      return YAMLMapping.error(
        context.mark, "recipe-syntax", "a key twice: \(duplicates.joined(separator: ", "))")
    case .reader(let problem, let offset, _, _):
      return ModelError(
        .invalidArgument, "recipe-syntax", "not YAML: \(problem) at byte \(offset ?? 0)")
    default:
      return ModelError(.invalidArgument, "recipe-syntax", "not YAML: \(yaml)")
    }
  }

  private static func error(_ mark: Mark?, _ reason: String, _ message: String) -> ModelError {
    let place = mark.map { "line \($0.line), column \($0.column): " } ?? ""
    return ModelError(.invalidArgument, reason, place + message)
  }

  /// An error about the mapping as a whole.
  func error(_ reason: String, _ message: String) -> ModelError {
    YAMLMapping.error(mark, reason, message)
  }

  private mutating func take(_ key: String) -> Node? {
    known.append(key)
    guard let index = pairs.firstIndex(where: { $0.key.scalar?.string == key }) else { return nil }
    return pairs.remove(at: index).value
  }

  private static func text(_ node: Node, _ key: String) throws(ModelError) -> String {
    guard let scalar = node.scalar else {
      throw error(node.mark, "wrong-type", "`\(key)` takes single words here")
    }
    return scalar.string
  }

  private static func converted<Value>(
    _ node: Node, _ key: String, _ convert: (String) throws(ModelError) -> Value
  ) throws(ModelError) -> Value {
    let word = try text(node, key)
    do throws(ModelError) {
      return try convert(word)
    } catch {
      throw YAMLMapping.error(node.mark, error.reason, error.message)
    }
  }

  /// A single value; nil without the key. Errors of `convert` get the value's place.
  mutating func value<Value>(
    _ key: String, _ convert: (String) throws(ModelError) -> Value
  ) throws(ModelError) -> Value? {
    guard let node = take(key) else { return nil }
    return try YAMLMapping.converted(node, key, convert)
  }

  /// A list, or one value in its place; nil without the key.
  mutating func list<Value>(
    _ key: String, _ convert: (String) throws(ModelError) -> Value
  ) throws(ModelError) -> [Value]? {
    guard let node = take(key) else { return nil }
    guard let sequence = node.sequence else {
      return [try YAMLMapping.converted(node, key, convert)]
    }
    var result: [Value] = []
    for element in sequence { result.append(try YAMLMapping.converted(element, key, convert)) }
    return result
  }

  /// A single text; nil without the key.
  mutating func string(_ key: String) throws(ModelError) -> String? {
    try value(key) { (word) throws(ModelError) in word }
  }

  /// A list of texts; nil without the key.
  mutating func strings(_ key: String) throws(ModelError) -> [String]? {
    try list(key) { (word) throws(ModelError) in word }
  }

  /// `true` or `false`; nil without the key.
  mutating func bool(_ key: String) throws(ModelError) -> Bool? {
    try value(key) { (word) throws(ModelError) in
      guard let value = Bool(word) else {
        throw ModelError(.invalidArgument, "wrong-type", "`\(key)` is true or false")
      }
      return value
    }
  }

  /// A number from 0; nil without the key.
  mutating func integer(_ key: String) throws(ModelError) -> Int? {
    try value(key) { (word) throws(ModelError) in
      guard let value = Int(word), value >= 0 else {
        throw ModelError(.invalidArgument, "wrong-type", "`\(key)` is a number from 0")
      }
      return value
    }
  }

  /// A list of mappings; empty without the key.
  mutating func mappings(_ key: String) throws(ModelError) -> [YAMLMapping] {
    guard let node = take(key) else { return [] }
    guard let sequence = node.sequence else {
      throw YAMLMapping.error(node.mark, "wrong-type", "`\(key)` is a list: `- key: value`")
    }
    var result: [YAMLMapping] = []
    for element in sequence {
      guard let mapping = element.mapping else {
        throw YAMLMapping.error(
          element.mark, "wrong-type", "an element of `\(key)` is a mapping: `key: value`")
      }
      result.append(YAMLMapping(mapping))
    }
    return result
  }

  /// A mapping; nil without the key, or if the value is something else.
  mutating func mapping(_ key: String) -> YAMLMapping? {
    guard let pair = pairs.first(where: { $0.key.scalar?.string == key }),
      let mapping = pair.value.mapping
    else { return nil }
    _ = take(key)
    return YAMLMapping(mapping)
  }

  /// The keys that are left, in order.
  var keys: [String] { pairs.compactMap { $0.key.scalar?.string } }

  /// Throws `invalidArgument` (`unknown-key`) if a key was not asked for.
  func finish() throws(ModelError) {
    guard let pair = pairs.first else { return }
    throw YAMLMapping.error(
      pair.key.mark, "unknown-key",
      "no key is called \"\(pair.key.scalar?.string ?? "…")\" here; there are "
        + known.joined(separator: ", "))
  }
}
