public import Tensors

/// One commit of a repo as a folder of links, complete.
public struct Snapshot: Sendable {
  /// One file.
  public struct File: Sendable, Hashable {
    /// The path in the repo, and below `Snapshot.path`.
    public var path: RepoFilePath
    /// The blob it links to.
    public var blob: BlobName
    /// Bytes.
    public var byteCount: Int
  }

  /// The repo.
  public var repo: RepoID
  /// The commit.
  public var commit: GitObjectID
  /// The folder: `<root>/models--org--name/snapshots/<commit>`.
  public var path: String
  /// The files, by rising path.
  public var files: [File]
}

extension ModelRegistry {
  /// The snapshot that `revision` stands for, with every file there and of the size its listing
  /// says. Content is not hashed; that is what `verify` does.
  ///
  /// Throws `notFound` (`no-such-repo`, `no-such-revision`), `malformed` (`ref-…`, a damaged
  /// listing), `corrupted` (`snapshot-missing`, `snapshot-incomplete`, `link-invalid`,
  /// `blob-missing`, `blob-size-wrong`), `io`.
  public func resolve(
    _ repo: RepoID, _ revision: RevisionName = .main
  ) throws(ModelError) -> Snapshot {
    let folder = RepoFolder(root: root, repo: repo)
    try folder.requirePresent()
    let commit = try commit(of: revision, in: folder)
    let path = folder.snapshot(commit)
    let links: [SnapshotEntry]
    do throws(ModelError) {
      links = try SnapshotEntry.all(commit, in: folder)
    } catch {
      guard error.reason == "no-such-snapshot" else { throw error }
      if revision.commit != nil { throw Self.noSuchRevision(revision, repo, path) }
      throw ModelError(
        .corrupted, "snapshot-missing",
        "\(repo) \(revision) stands for \(commit), and there is no snapshot of it", file: path)
    }
    var files: [Snapshot.File] = []
    for link in links { files.append(try file(link, path, folder)) }
    files.sort { $0.path < $1.path }
    if let tree = try TreeFile.read(commit, in: folder) { try compare(files, tree, path) }
    return Snapshot(repo: repo, commit: commit, path: path, files: files)
  }

  /// The commit `revision` stands for; a commit id stands for itself.
  func commit(
    of revision: RevisionName, in folder: RepoFolder
  ) throws(ModelError) -> GitObjectID {
    if let commit = revision.commit { return commit }
    guard let commit = try RefFile.commit(revision.text, in: folder) else {
      throw Self.noSuchRevision(revision, folder.repo, folder.ref(revision.text))
    }
    return commit
  }

  static func noSuchRevision(
    _ revision: RevisionName, _ repo: RepoID, _ path: String
  ) -> ModelError {
    ModelError(.notFound, "no-such-revision", "\(repo) has no revision \(revision)", file: path)
  }

  private func file(
    _ link: SnapshotEntry, _ path: String, _ folder: RepoFolder
  ) throws(ModelError) -> Snapshot.File {
    let location = path + "/" + link.path
    guard let blob = link.blob, let name = try? RepoFilePath(link.path) else {
      throw ModelError(
        .corrupted, "link-invalid", "this is no link to a blob of \(folder.repo)", file: location)
    }
    guard let byteCount = try BlobFile.byteCount(blob, in: folder) else {
      throw ModelError(
        .corrupted, "blob-missing", "the blob \(blob) that the file links to is missing",
        file: location)
    }
    return Snapshot.File(path: name, blob: blob, byteCount: byteCount)
  }

  private func compare(
    _ files: [Snapshot.File], _ tree: [TreeEntry], _ path: String
  ) throws(ModelError) {
    let found = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    for entry in tree {
      guard let file = found[entry.path] else {
        throw ModelError(
          .corrupted, "snapshot-incomplete", "the listing has the file, the snapshot does not",
          file: path + "/" + entry.path.text)
      }
      guard file.byteCount == entry.byteCount else {
        throw ModelError(
          .corrupted, "blob-size-wrong",
          "\(file.byteCount) bytes, and the listing says \(entry.byteCount)",
          file: path + "/" + entry.path.text)
      }
    }
  }
}

/// Looking at a blob without reading it.
enum BlobFile {
  /// The size of the blob; nil if it is missing, no regular file, or a link that leaves the
  /// registry, which is not followed.
  static func byteCount(_ blob: BlobName, in folder: RepoFolder) throws(ModelError) -> Int? {
    let path = folder.blob(blob)
    guard let status = try EntryStatus.of(path) else { return nil }
    switch status.kind {
    case .regular: return status.byteCount
    case .link:
      guard SharedBlob.isAllowed(try SymbolicLink.target(of: path), at: path, in: folder) else {
        return nil
      }
      return FileIdentity.of(path: path)?.byteCount
    case .folder, .other: return nil
    }
  }
}
