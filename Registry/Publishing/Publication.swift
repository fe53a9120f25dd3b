public import Tensors

/// What a publication did.
public struct Publication: Sendable {
  /// The repo.
  public var repo: RepoID
  /// The revision that now stands for `commit`.
  public var revision: RevisionName
  /// The tags that now stand for `commit` as well.
  public var tags: [RevisionName]
  /// The commit.
  public var commit: GitObjectID
  /// The commit the revision stood for before; nil if it did not exist.
  public var previousCommit: GitObjectID?
  /// The folder that has the files: `snapshots/<commit>`.
  public var snapshotPath: String
  /// The files, by rising path.
  public var files: [PublishedFile]
  /// What the folder has besides and a repo cannot: `.git` and `.cache`, as paths; sorted.
  public var leftOut: [String]
  /// Links and listings of an existing snapshot of the commit that were wrong and are right now.
  public var repairCount: Int

  /// Whether the commit is another than before.
  public var isNewCommit: Bool { commit != previousCommit }
}

/// What a publication did with one file.
public struct PublishedFile: Sendable {
  /// How the content came into the registry.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The blob is another name of the file.
    case linked
    /// The blob shares the file's extents.
    case reflinked
    /// The bytes were copied.
    case copied
    /// The blob was there, with these bytes.
    case alreadyThere
  }

  /// The path in the repo.
  public var path: RepoFilePath
  /// Bytes.
  public var byteCount: Int
  /// SHA-256 of the content.
  public var sha256: Digest
  /// The id in git's tree: of the content, or of the LFS pointer to it.
  public var gitID: GitObjectID
  /// The blob's name.
  public var blob: BlobName
  /// How the content came into the registry.
  public var outcome: Outcome
  /// Whether a blob of this name was there with other bytes, and was replaced.
  public var isRepair: Bool

  /// The entry in the listing of the commit.
  var treeEntry: TreeEntry {
    if case .sha256(let digest) = blob {
      TreeEntry(path: path, byteCount: byteCount, gitID: gitID, sha256: digest)
    } else {
      TreeEntry(path: path, byteCount: byteCount, gitID: gitID, sha256: nil)
    }
  }
}
