import Tensors

/// Every rule about names, in one place: a name that passes can be a path below the registry and
/// nothing else.
///
/// Sources: huggingface_hub 2.4.0 `utils/_validators.py` and `file_download.py`; llama.cpp
/// `common/hf-cache.cpp`; git `check-ref-format`. Where they differ, only what all accept passes.
enum NameRules {
  /// The longest path inside a repo, in bytes.
  static let pathByteCount = 1024
  /// The longest component of a path, in bytes: what Linux file systems hold.
  static let componentByteCount = 255
  /// The most components of a path inside a repo.
  static let pathDepth = 32
  /// The longest component of a revision, in bytes: other writers put `.<8 hex digits>.tmp` behind
  /// it, and that name must fit as well.
  static let revisionComponentByteCount = 240

  /// Throws `invalidArgument` (`repo-name-invalid`) unless `text` is `org/name`: two segments of
  /// 1 to 96 letters, digits, `_`, `.` and `-`, each beginning and ending with a letter, a digit or
  /// `_`, no two of `.` and `-` side by side, and no `.git` at the end.
  static func checkRepo(_ text: String) throws(ModelError) {
    func refuse(_ rule: String) -> ModelError {
      refusal("repo-name-invalid", "repo \"\(text)\"", rule)
    }
    let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard segments.count == 2 else { throw refuse("it is written org/name, with one /") }
    for segment in segments {
      guard (1...96).contains(segment.count) else {
        throw refuse("each side of the / has 1 to 96 characters")
      }
      guard segment.allSatisfy({ isWord($0) || isSeparator($0) }) else {
        throw refuse("it has only ASCII letters, digits, _ . and -")
      }
      guard let first = segment.first, let last = segment.last, isWord(first), isWord(last) else {
        throw refuse("each side of the / begins and ends with a letter, a digit or _")
      }
      guard
        !zip(segment, segment.dropFirst()).contains(where: { isSeparator($0) && isSeparator($1) })
      else { throw refuse("no two of . and - stand side by side") }
    }
    guard !text.utf8.reversed().starts(with: ".git".utf8.reversed()) else {
      throw refuse("it does not end in .git")
    }
  }

  /// Throws `invalidArgument` (`revision-name-invalid`) unless git would take `text` as a branch
  /// (`git check-ref-format --branch`) and it is a safe path below `refs/`.
  static func checkRevision(_ text: String) throws(ModelError) {
    func refuse(_ rule: String) -> ModelError {
      refusal("revision-name-invalid", "revision \"\(text)\"", rule)
    }
    let bytes = Array(text.utf8)
    guard (1...pathByteCount).contains(bytes.count) else {
      throw refuse("it has 1 to \(pathByteCount) bytes")
    }
    guard !text.unicodeScalars.contains(where: isUnprintable) else {
      throw refuse("it has no control or formatting characters")
    }
    guard !bytes.contains(where: { Array(" ~^:?*[\\".utf8).contains($0) }) else {
      throw refuse("it has no space and none of ~ ^ : ? * [ \\")
    }
    guard text != "@", text != "HEAD", bytes[0] != UInt8(ascii: "-") else {
      throw refuse("it is not @ or HEAD and does not begin with -")
    }
    guard !contains(bytes, ".."), !contains(bytes, "@{") else { throw refuse("it has no .. or @{") }
    guard bytes[bytes.count - 1] != UInt8(ascii: ".") else { throw refuse("it does not end in .") }
    for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard !part.isEmpty else { throw refuse("it has no / at an end and no //") }
      guard part.first != UInt8(ascii: "."), !part.reversed().starts(with: ".lock".utf8.reversed())
      else { throw refuse("no part begins with . or ends in .lock") }
      guard part.count <= revisionComponentByteCount else {
        throw refuse("no part is longer than \(revisionComponentByteCount) bytes")
      }
    }
    // Sixty-four digits would name a commit of a SHA-256 repository, and upper case a commit on
    // some tools and a branch on others: both are refused rather than guessed.
    if bytes.count == 40 || bytes.count == 64, bytes.allSatisfy(isHexDigit) {
      guard GitObjectID(hex: text) != nil else {
        throw refuse("a commit id has 40 lower-case hexadecimal digits")
      }
    }
  }

  /// Throws `invalidArgument` (`file-name-invalid`) unless `text` is a relative path with `/`
  /// between its parts that stays below its folder on every system.
  static func checkFile(_ text: String) throws(ModelError) {
    func refuse(_ rule: String) -> ModelError {
      refusal("file-name-invalid", "file \"\(text)\"", rule)
    }
    guard (1...pathByteCount).contains(text.utf8.count) else {
      throw refuse("it has 1 to \(pathByteCount) bytes")
    }
    guard !text.unicodeScalars.contains(where: isUnprintable) else {
      throw refuse("it has no control or formatting characters")
    }
    guard !text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: ":") }) else {
      throw refuse("it has no \\ and no :")
    }
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= pathDepth else { throw refuse("it has at most \(pathDepth) parts") }
    for part in parts {
      guard !part.isEmpty else { throw refuse("it is relative, with no / at an end and no //") }
      guard part.count <= componentByteCount else {
        throw refuse("no part is longer than \(componentByteCount) bytes")
      }
      let name = String(Substring(part))
      guard name != ".", name != ".." else { throw refuse("no part is . or ..") }
      guard !isTooling(name) else { throw refuse("no part is .git or .cache") }
    }
  }

  /// Whether `component` is a folder of git's or huggingface_hub's own, which uploads refuse.
  /// Case does not count, because on some file systems it names the same folder.
  static func isTooling(_ component: String) -> Bool {
    [".git", ".cache"].contains(component.lowercased())
  }

  private static func refusal(_ reason: String, _ what: String, _ rule: String) -> ModelError {
    ModelError(.invalidArgument, reason, "\(what) cannot be used: \(rule)")
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    Character(UnicodeScalar(byte)).isHexDigit
  }

  private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func contains(_ bytes: [UInt8], _ pair: StaticString) -> Bool {
    let wanted = Array("\(pair)".utf8)
    return zip(bytes, bytes.dropFirst()).contains { $0 == wanted[0] && $1 == wanted[1] }
  }
}
