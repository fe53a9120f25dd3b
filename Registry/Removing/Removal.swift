public import Tensors

/// What removing took away, or would take away.
public struct Removal: Sendable {
  /// Names below `refs/`, sorted.
  public var refs: [String] = []
  /// Commits whose snapshot went, by id.
  public var commits: [GitObjectID] = []
  /// Blobs that went, by name.
  public var blobs: [BlobName] = []
  /// Bytes of the blobs that had no other name on the file system.
  public var freedByteCount = 0
  /// Whether the whole repo went.
  public var isWholeRepo = false
  /// What is left in the repo's folder because it is not of this layout; only for a whole repo.
  public var leftOver: [String] = []
}

/// How to remove.
public struct RemoveOptions: Sendable {
  /// Whether only to say what would go.
  public var isDryRun = false
  /// Seconds to wait for writers to finish.
  public var lockTimeout = 60.0

  /// Creates the default options: remove, wait up to 60 seconds.
  public init() {}
}

extension ModelRegistry {
  /// Removes a revision, or with `revision` nil the whole repo; never anything of another repo.
  ///
  /// A branch or tag is removed, and its commit with it if no other ref stands for that. A commit
  /// id removes the commit and every ref that stands for it. Refs go first, then snapshots and
  /// listings, then the blobs that the removed snapshots named and no other snapshot of the repo
  /// does: whoever reads meanwhile never finds a ref without its snapshot, or a snapshot without
  /// its blobs. When the last commit goes, the whole repo goes.
  ///
  /// Throws `notFound` (`no-such-repo`, `no-such-revision`), `conflict` (`locked`) while a
  /// publication runs, `io`.
  public func remove(
    _ repo: RepoID, revision: RevisionName? = nil, options: RemoveOptions = RemoveOptions()
  ) throws(ModelError) -> Removal {
    let folder = RepoFolder(root: root, repo: repo)
    try folder.requirePresent()
    if options.isDryRun { return try RemovalPlan(folder, revision).removal }
    // A publication holds the first one while it relies on blobs that no snapshot names yet.
    let blobs =
      Folder.isFolder(folder.blobs)
      ? try FolderLock(folder.blobs, .exclusive, timeout: options.lockTimeout) : nil
    let turn = try FolderLock(folder.path, .exclusive, timeout: options.lockTimeout)
    let plan = try RemovalPlan(folder, revision)
    try plan.carryOut()
    _ = consume turn
    _ = consume blobs
    return plan.removal
  }
}
