internal import Tensors

/// One mapping of an architecture file, taken apart key by key; a key that nobody asks for is an
/// error with its line.
struct ArchitectureFields {
  private var left: [(key: String, value: ArchitectureYAML)]
  private var known: [String] = []
  let line: Int

  /// Throws `invalidArgument` (`architecture-syntax`) unless `value` is a mapping.
  init(_ value: ArchitectureYAML, _ what: String) throws(ModelError) {
    guard case .mapping(let pairs, let line) = value else {
      throw ModelError(
        .invalidArgument, "architecture-syntax",
        "line \(value.line): \(what) is a mapping: `key: value`")
    }
    left = pairs
    self.line = line
  }

  /// The value of `key`, which is then done.
  mutating func take(_ key: String) -> ArchitectureYAML? {
    known.append(key)
    guard let index = left.firstIndex(where: { $0.key == key }) else { return nil }
    return left.remove(at: index).value
  }

  /// A word or a line; nil without the key.
  mutating func text(_ key: String) throws(ModelError) -> String? {
    guard let value = take(key) else { return nil }
    guard let text = value.text else { throw error("`\(key)` is a single word or line") }
    return text
  }

  /// A list of words, or one in its place; empty without the key.
  mutating func texts(_ key: String) throws(ModelError) -> [String] {
    guard let value = take(key) else { return [] }
    if let text = value.text { return [text] }
    guard case .list(let elements, _) = value else { throw error("`\(key)` is a list of words") }
    var result: [String] = []
    for element in elements {
      guard let text = element.text else { throw error("`\(key)` is a list of words") }
      result.append(text)
    }
    return result
  }

  /// `true` or `false`; false without the key.
  mutating func flag(_ key: String) throws(ModelError) -> Bool {
    guard let word = try text(key) else { return false }
    guard let value = Bool(word) else { throw error("`\(key)` is true or false") }
    return value
  }

  /// A list of mappings; empty without the key.
  mutating func list(_ key: String) throws(ModelError) -> [ArchitectureFields] {
    guard let value = take(key) else { return [] }
    guard case .list(let elements, _) = value else {
      throw error("`\(key)` is a list: `- key: value`")
    }
    var result: [ArchitectureFields] = []
    for element in elements {
      result.append(try ArchitectureFields(element, "an element of `\(key)`"))
    }
    return result
  }

  /// The pairs of a mapping; empty without the key.
  mutating func pairs(
    _ key: String
  ) throws(ModelError) -> [(key: String, value: ArchitectureYAML)] {
    guard let value = take(key) else { return [] }
    return try ArchitectureFields(value, "`\(key)`").left
  }

  /// Throws `invalidArgument` (`architecture-key`) if a key was not asked for.
  func finish() throws(ModelError) {
    guard let pair = left.first else { return }
    throw ModelError(
      .invalidArgument, "architecture-key",
      "line \(pair.value.line): no key is called \"\(pair.key)\" here; there are "
        + known.joined(separator: ", "))
  }

  /// An error about the mapping, with its line.
  func error(_ message: String) -> ModelError {
    ModelError(.invalidArgument, "architecture-syntax", "line \(line): \(message)")
  }
}
