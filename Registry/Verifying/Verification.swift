public import Tensors

/// What verifying found, and how much it looked at.
public struct Verification: Sendable {
  /// Everything that is wrong, by repo, commit and file; empty if all is as it should be.
  public var findings: [Finding] = []
  /// Repos looked at.
  public var repoCount = 0
  /// Snapshots looked at.
  public var snapshotCount = 0
  /// Files of snapshots looked at.
  public var fileCount = 0
  /// Blobs whose content was hashed, each once however many files link to it.
  public var hashedBlobCount = 0
  /// Their bytes.
  public var hashedByteCount = 0
}

/// How to verify.
public struct VerifyOptions: Sendable {
  /// Blobs that are hashed at a time.
  public var threadCount = FileThreads.processorCount
  /// Called from several threads with the bytes of each piece that is hashed.
  public var onBytes: (@Sendable (Int) -> Void)?
  /// Asked often, from several threads; true ends the work with `cancelled`.
  public var isCancelled: (@Sendable () -> Bool)?

  /// Creates the default options.
  public init() {}
}

extension ModelRegistry {
  /// Checks refs, snapshots and listings, and hashes the content of every blob that a snapshot
  /// names. Needs no network, writes nothing and takes no lock; no link is followed out of the
  /// registry. Blobs that no snapshot names are not looked at.
  ///
  /// `repo` nil means every repo. `revision` nil means every ref and every snapshot; with a
  /// revision, that ref and its snapshot.
  ///
  /// Throws `notFound` (`no-such-registry`, `no-such-repo`, `no-such-revision`), `invalidArgument`
  /// (`revision-without-repo`), `io` if something cannot be read at all, `cancelled`.
  public func verify(
    _ repo: RepoID? = nil, revision: RevisionName? = nil, options: VerifyOptions = VerifyOptions()
  ) throws(ModelError) -> Verification {
    var result = Verification()
    guard let repo else {
      guard revision == nil else {
        throw ModelError(
          .invalidArgument, "revision-without-repo", "a revision belongs to a repo; name the repo")
      }
      try requirePresent()
      for entry in try Folder.entries(root) {
        guard let repo = RepoID(folderName: entry.name),
          Folder.isFolder(root + "/" + entry.name)
        else { continue }
        try verify(repo, nil, options, &result)
      }
      return result
    }
    try verify(repo, revision, options, &result)
    return result
  }

  private func verify(
    _ repo: RepoID, _ revision: RevisionName?, _ options: VerifyOptions,
    _ result: inout Verification
  ) throws(ModelError) {
    let folder = RepoFolder(root: root, repo: repo)
    try folder.requirePresent()
    var check = RepoCheck(folder: folder)
    try check.run(revision)
    let blobs = try BlobCheck.run(check.blobUses, in: folder, options)
    result.findings += (check.findings + blobs.findings).sorted { left, right in
      (left.commit?.hex ?? "", left.file ?? "", left.path, left.kind.rawValue)
        < (right.commit?.hex ?? "", right.file ?? "", right.path, right.kind.rawValue)
    }
    result.repoCount += 1
    result.snapshotCount += check.snapshotCount
    result.fileCount += check.fileCount
    result.hashedBlobCount += blobs.hashedBlobCount
    result.hashedByteCount = try Checked.sum(result.hashedByteCount, blobs.hashedByteCount)
  }
}
