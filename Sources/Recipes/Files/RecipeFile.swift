public import Tensors

/// A recipe file as parsed: checked word by word, and not yet joined with what it extends.
///
/// The format is YAML without anchors and tags:
///
/// ```yaml
/// name: Q4_0                     # default: the file's name
/// summary: one line
/// version: 2                     # the author's own
/// after: [gguf-base]             # presets or files relative to this one; their rules come first
/// extends: [./mine.yaml]         # the same; their rules come last
/// encoding: Q4_0                 # where no rule matches; a type, or keep
/// method: nearest
/// fallback: [F16]                # tried in order if rows are no whole blocks; or by encoding:
/// #fallback: {Q4_K: [Q5_0, F16], Q4_0: F16}
/// allow-requantize: false
/// requires-importance: [Q2_K]    # refused without an importance matrix
/// file-type: 2                   # what general.file_type becomes
/// rules:                         # the first match decides
///   - match: ["*.attn_v.weight", 're:ffn_(up|gate)\.']
///     except: "blk.0.*"
///     role: [output, tied-embedding]
///     kind: [attention-v, ffn-down]
///     layers: first 1/8          # or first 4, from 1/8 to 7/8, more-bits
///     ordinal: more-bits         # the same ranges, or first 1/8 of layers
///     architecture: [falcon]
///     experts: 8                 # or >=4, <4, …
///     gqa: ">=4"                 # query heads to a key and value head
///     size: 70B
///     importance: absent         # or present
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
  /// What the file builds on and whose rules come before its own, in order.
  public var after: [String]
  /// What the file builds on and whose rules come behind its own, in order.
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
  var fallbacks: [ElementType: [ElementType]] = [:]
  var requiresImportance: [ElementType] = []
  var allowsRequantization: Bool?
  var fileType: UInt32?

  /// Bytes that a recipe file may have: the names of 40 000 tensors fit.
  public static let maximumByteCount = 4 << 20

  /// Parses a recipe file.
  ///
  /// - Parameters:
  ///   - text: The YAML text.
  ///   - label: The file's name, without folders; without its extension it is the default name.
  ///   - vocabulary: The encodings and methods that it may name.
  ///
  /// Throws `limitExceeded` (`recipe-too-large`) and `invalidArgument`, always with line and
  /// column: `recipe-syntax`, `unknown-key`, `missing-key`, `wrong-type`, `bad-pattern`,
  /// `unknown-encoding`, `encoding-not-writable`, `unknown-method`, `unknown-role`, `unknown-kind`,
  /// `bad-criterion`, `empty-rule`, `bad-name`.
  public static func parse(
    _ text: String, label: String, vocabulary: RecipeVocabulary
  ) throws(ModelError) -> RecipeFile {
    do throws(ModelError) {
      var top = try YAMLMapping(document: text)
      let stem = label.lastIndex(of: ".").map { String(label[..<$0]) } ?? label
      let name = if let given = try top.name() { given } else { try checkName(stem) }
      var file = RecipeFile(
        name: name, summary: try top.string("summary") ?? "",
        version: try top.string("version"), after: try top.strings("after") ?? [],
        extends: try top.strings("extends") ?? [], rules: [], text: text, label: label)
      file.encoding = try top.encoding(vocabulary)
      file.method = try top.method(vocabulary)
      if let table = try top.fallbacks(vocabulary) {
        file.fallbacks = table
      } else {
        file.fallback = try top.encodings("fallback", vocabulary)
      }
      file.requiresImportance = try top.encodings("requires-importance", vocabulary) ?? []
      file.fileType = try top.integer("file-type").map { UInt32(clamping: $0) }
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

extension YAMLMapping {
  fileprivate mutating func name() throws(ModelError) -> String? {
    try value("name") { (word) throws(ModelError) in try checkName(word) }
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
