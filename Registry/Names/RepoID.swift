public import Tensors

/// The name of a model repo, `org/name`: valid for huggingface_hub and for llama.cpp alike.
public struct RepoID: Sendable, Hashable {
  /// `org/name`.
  public let text: String

  /// Checks `text`; throws `invalidArgument` (`repo-name-invalid`) and names the rule it breaks.
  public init(_ text: String) throws(ModelError) {
    try NameRules.checkRepo(text)
    self.text = text
  }

  /// The folder in the registry: `models--org--name`. At most 202 bytes.
  public var folderName: String {
    "models--" + text.split(separator: "/").joined(separator: "--")
  }

  /// The repo whose folder is `folderName`; nil for anything but a model repo with a valid name.
  init?(folderName: String) {
    let prefix = "models--"
    guard folderName.hasPrefix(prefix) else { return nil }
    let rest = Array(folderName.utf8.dropFirst(prefix.utf8.count))
    let dash = UInt8(ascii: "-")
    // A valid name has no two dashes side by side, so the first pair is the separator.
    guard
      let index = rest.indices.dropLast().first(where: { rest[$0] == dash && rest[$0 + 1] == dash })
    else { return nil }
    let owner = String(decoding: rest[..<index], as: UTF8.self)
    let name = String(decoding: rest[(index + 2)...], as: UTF8.self)
    guard let repo = try? RepoID(owner + "/" + name) else { return nil }
    self = repo
  }
}

extension RepoID: CustomStringConvertible {
  /// `org/name`.
  public var description: String { text }
}
