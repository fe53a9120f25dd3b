public import Tensors

/// A recipe file as parsed: checked word by word, and not yet joined with what it extends.
///
/// The format is YAML without anchors and tags:
///
/// ```yaml
/// name: Q4_0                     # default: the file's name
/// summary: one line
/// version: 2                     # the author's own
/// extends: [gguf-base]           # presets, or files relative to this one
/// encoding: Q4_0                 # where no rule matches; a type, or keep
/// method: nearest
/// fallback: [F16]                # tried in order if rows are no whole blocks
/// allow-requantize: false
/// rules:                         # the first match decides
///   - match: ["*.attn_v.weight", 're:ffn_(up|gate)\.']
///     except: "blk.0.*"
///     role: [output, tied-embedding]
///     minimum-rank: 2
///     maximum-rank: 3
///     source: [F32, F16]
///     encoding: Q8_0
///     method: nearest
///     fallback: []
/// ```
///
/// A list of one may be written without brackets. Quote patterns: YAML takes a bare `*` for itself,
/// and a `\` in double quotes too.
public struct RecipeFile: Sendable {
  /// The name that the file gives itself, or its own.
  public var name: String
  /// One line; empty if the file has none.
  public var summary: String
  /// The author's version.
  public var version: String?
  /// What the file builds on, in order.
  public var extends: [String]
  /// Its own rules.
  public var rules: [Rule]
  /// The text as read.
  public var text: String
  /// The file's name in messages, without folders: manifests must not hold paths.
  public var label: String

  var encoding: Rule.Encoding?
  var method: String?
  var fallback: [ElementType]?
  var allowsRequantization: Bool?

  /// Bytes that a recipe file may have: a rule for each of 10 000 tensors fits.
  public static let maximumByteCount = 1 << 20

  /// Parses a recipe file.
  ///
  /// - Parameters:
  ///   - text: The YAML text.
  ///   - label: The file's name, without folders; without its extension it is the default name.
  ///   - vocabulary: The encodings and methods that it may name.
  ///
  /// Throws `limitExceeded` (`recipe-too-large`) and `invalidArgument`, always with line and
  /// column: `recipe-syntax`, `unknown-key`, `missing-key`, `wrong-type`, `bad-pattern`,
  /// `unknown-encoding`, `encoding-not-writable`, `unknown-method`, `unknown-role`, `empty-rule`,
  /// `bad-name`.
  public static func parse(
    _ text: String, label: String, vocabulary: RecipeVocabulary
  ) throws(ModelError) -> RecipeFile {
    do throws(ModelError) {
      var top = try YAMLMapping(document: text)
      let stem = label.lastIndex(of: ".").map { String(label[..<$0]) } ?? label
      let name = if let given = try top.name() { given } else { try checkName(stem) }
      var file = RecipeFile(
        name: name, summary: try top.string("summary") ?? "",
        version: try top.string("version"), extends: try top.strings("extends") ?? [], rules: [],
        text: text, label: label)
      file.encoding = try top.encoding(vocabulary)
      file.method = try top.method(vocabulary)
      file.fallback = try top.fallback(vocabulary)
      file.allowsRequantization = try top.bool("allow-requantize")
      for (index, rule) in try top.mappings("rules").enumerated() {
        file.rules.append(
          try Rule(rule, origin: "\(label) rule \(index + 1)", vocabulary: vocabulary))
      }
      try top.finish()
      return file
    } catch {
      throw error.at(file: label)
    }
  }
}

/// Names become parts of file names: letters, digits and `. _ + -`, not in the first place.
private func checkName(_ name: String) throws(ModelError) -> String {
  func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
  guard let first = name.utf8.first, isWord(first), name.utf8.count <= 64,
    name.utf8.allSatisfy({ isWord($0) || "._+-".utf8.contains($0) })
  else {
    throw ModelError(
      .invalidArgument, "bad-name",
      "\"\(name)\" is no name for a recipe: say `name:` with up to 64 of a-z A-Z 0-9 . _ + -, the "
        + "first a letter or digit")
  }
  return name
}

extension Rule {
  init(
    _ source: YAMLMapping, origin: String, vocabulary: RecipeVocabulary
  ) throws(ModelError) {
    var mapping = source
    guard let encoding = try mapping.encoding(vocabulary) else {
      throw mapping.error("missing-key", "a rule needs `encoding`: a type, or keep")
    }
    self.init(encoding, origin: origin)
    match = try mapping.patterns("match")
    except = try mapping.patterns("except")
    roles =
      try mapping.list("role") { (word) throws(ModelError) in
        guard let role = TensorRole(rawValue: word) else {
          let known = TensorRole.allCases.map(\.rawValue).joined(separator: ", ")
          throw ModelError(
            .invalidArgument, "unknown-role", "no role is called \"\(word)\"; there are \(known)")
        }
        return role
      } ?? []
    minimumRank = try mapping.integer("minimum-rank")
    maximumRank = try mapping.integer("maximum-rank")
    sources =
      try mapping.list("source") { (word) throws(ModelError) in
        guard let type = ElementType(rawValue: word) else {
          throw ModelError(
            .invalidArgument, "unknown-encoding", "no element type is called \"\(word)\"")
        }
        return type
      } ?? []
    method = try mapping.method(vocabulary)
    fallback = try mapping.fallback(vocabulary)
    guard
      !match.isEmpty || !except.isEmpty || !roles.isEmpty || !sources.isEmpty
        || minimumRank != nil || maximumRank != nil
    else {
      throw mapping.error(
        "empty-rule",
        "a rule without a criterion holds for all tensors; that is what `encoding` "
          + "outside of the rules is for")
    }
    if encoding == .keep, method != nil || fallback != nil {
      throw mapping.error("unknown-key", "a rule that keeps has neither method nor fallback")
    }
    try mapping.finish()
  }
}

extension YAMLMapping {
  fileprivate mutating func name() throws(ModelError) -> String? {
    try value("name") { (word) throws(ModelError) in try checkName(word) }
  }

  /// `encoding`: a type or `keep`.
  fileprivate mutating func encoding(
    _ vocabulary: RecipeVocabulary
  ) throws(ModelError) -> Rule.Encoding? {
    try value("encoding") { (word) throws(ModelError) -> Rule.Encoding in
      word == "keep" ? .keep : .type(try vocabulary.encoding(named: word))
    }
  }

  fileprivate mutating func method(_ vocabulary: RecipeVocabulary) throws(ModelError) -> String? {
    try value("method") { (word) throws(ModelError) in try vocabulary.method(named: word) }
  }

  fileprivate mutating func fallback(
    _ vocabulary: RecipeVocabulary
  ) throws(ModelError) -> [ElementType]? {
    try list("fallback") { (word) throws(ModelError) in try vocabulary.encoding(named: word) }
  }

  fileprivate mutating func patterns(_ key: String) throws(ModelError) -> [NamePattern] {
    try list(key) { (word) throws(ModelError) in try NamePattern(word) } ?? []
  }
}
