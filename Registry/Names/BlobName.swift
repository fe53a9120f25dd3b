public import Tensors

/// The name of a file in `blobs/`: it says what the content hashes to.
public enum BlobName: Sendable, Hashable {
  /// SHA-256 of the content, 64 digits: files that Hugging Face keeps in LFS.
  case sha256(Digest)
  /// The git object id of the content, 40 digits: small files.
  case git(GitObjectID)

  /// Parses 40 or 64 lower-case hexadecimal digits; nil for anything else.
  public init?(_ text: String) {
    if let digest = Digest(hex: text) {
      self = .sha256(digest)
    } else if let id = GitObjectID(hex: text) {
      self = .git(id)
    } else {
      return nil
    }
  }

  /// 40 or 64 lower-case hexadecimal digits.
  public var text: String {
    switch self {
    case .sha256(let digest): digest.hex
    case .git(let id): id.hex
    }
  }
}

extension BlobName: CustomStringConvertible {
  /// The digits.
  public var description: String { text }
}
