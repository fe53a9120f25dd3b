public import Tensors

/// The path of a file inside a repo: relative, `/` between the parts, safe on every system.
public struct RepoFilePath: Sendable, Hashable {
  /// The path, such as `tokenizer/vocab.json`.
  public let text: String

  /// Checks `text`; throws `invalidArgument` (`file-name-invalid`) and names the rule it breaks.
  public init(_ text: String) throws(ModelError) {
    try NameRules.checkFile(text)
    self.text = text
  }

  /// The parts between the slashes; at least one.
  var parts: [Substring] { text.split(separator: "/") }

  /// What the file's link in a snapshot says: the blob, relative to the link's own folder.
  func linkTarget(to blob: BlobName) -> String {
    String(repeating: "../", count: parts.count + 1) + "blobs/" + blob.text
  }
}

extension RepoFilePath: Comparable, CustomStringConvertible {
  /// By bytes: Swift's own comparison would take two spellings of one accented letter as equal,
  /// and they are two files.
  public static func == (left: RepoFilePath, right: RepoFilePath) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  /// By bytes, as `==`.
  public func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }

  /// By UTF-8 bytes, which is the order of code points.
  public static func < (left: RepoFilePath, right: RepoFilePath) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  /// The path.
  public var description: String { text }
}
