public import Tensors

/// How to publish.
public struct PublishOptions: Sendable {
  /// What the ref must say for the publication to go on.
  public enum ExpectedCommit: Sendable, Equatable {
    /// Anything.
    case any
    /// The revision does not exist yet.
    case absent
    /// The revision is at this commit.
    case commit(GitObjectID)
  }

  /// What a manifest says of a file.
  public struct KnownDigest: Sendable, Equatable {
    /// SHA-256 of the content.
    public var sha256: Digest
    /// Bytes.
    public var byteCount: Int

    /// Creates a claim about a file.
    public init(sha256: Digest, byteCount: Int) {
      self.sha256 = sha256
      self.byteCount = byteCount
    }
  }

  /// Whether a blob may be another name of the caller's own file where the file system has no
  /// reflinks. Both then share content and permissions: the file becomes read-only (0444), and a
  /// program that writes into it in place would damage the blob. For folders that a conversion
  /// made, which replaces files and never edits them.
  public var allowHardLink = false
  /// Digests that are said to hold, by path in the folder. They are checked, never trusted.
  public var knownDigests: [String: KnownDigest] = [:]
  /// What the ref must say now.
  public var expectedCommit = ExpectedCommit.any
  /// Whether a tag that stands for another commit is moved; otherwise that is a conflict.
  public var moveTags = false
  /// Whether the commit that the revision leaves gets a ref `history/<commit>` if it has no other.
  /// Without one, `hf cache prune` deletes it.
  public var keepsHistory = true
  /// The date of a new commit, in seconds since 1970. A constant, so that equal content and an
  /// equal parent give an equal commit id anywhere; see `date(environment:)`.
  public var date = 0
  /// Files that are hashed at a time.
  public var threadCount = FileThreads.processorCount
  /// Seconds to wait for another writer.
  public var lockTimeout = 60.0
  /// Called from several threads after each piece of a file is hashed.
  public var onProgress: (@Sendable (PublishProgress) -> Void)?
  /// Called at each step, from several threads; for tests that stop a publication.
  public var onStep: (@Sendable (PublishStep) -> Void)?
  /// Asked often, from several threads; true ends the publication with `cancelled`.
  public var isCancelled: (@Sendable () -> Bool)?

  /// Creates the default options: no hard links, nothing expected, date 0.
  public init() {}

  /// The date that reproducible builds use, `SOURCE_DATE_EPOCH`; 0 if it is not set.
  ///
  /// Throws `invalidArgument` (`source-date-epoch-invalid`) unless it is 0 or a whole number above.
  public static func date(environment: [String: String]) throws(ModelError) -> Int {
    guard let text = environment["SOURCE_DATE_EPOCH"], !text.isEmpty else { return 0 }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let date = Int(text) else {
      throw ModelError(
        .invalidArgument, "source-date-epoch-invalid",
        "SOURCE_DATE_EPOCH is \"\(text)\", and not seconds since 1970")
    }
    return date
  }
}

/// How far a publication is.
public struct PublishProgress: Sendable {
  /// The file that the last piece belongs to.
  public var path: String
  /// Bytes hashed so far, over all files.
  public var doneByteCount: Int
  /// Bytes of all files.
  public var totalByteCount: Int
}
