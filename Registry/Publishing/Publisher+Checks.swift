import Synchronization
import Tensors

/// What is looked at before anything is written, and again where another writer may have been.
extension Publisher {
  func checkRevisions() throws(ModelError) {
    var seen: Set<RevisionName> = []
    for name in [revision] + tags {
      guard name.commit == nil else {
        throw ModelError(
          .invalidArgument, "revision-is-a-commit",
          "\(name) is a commit id; a branch or tag is needed to publish to")
      }
      guard !(name.text + "/").hasPrefix(Self.historyPrefix) else {
        throw ModelError(
          .invalidArgument, "revision-reserved",
          "refs below history/ are kept for commits that no branch or tag stands for")
      }
      guard seen.insert(name).inserted else {
        throw ModelError(
          .invalidArgument, "revision-twice",
          "\(name) is named twice: a branch and a tag are the same file on disk")
      }
    }
    for name in seen {
      for other in seen where other.text.hasPrefix(name.text + "/") {
        throw ModelError(
          .conflict, "ref-name-conflict", "\(name) and \(other) cannot both be refs")
      }
    }
  }

  func checkKnownDigests(_ source: SourceFolder) throws(ModelError) {
    let present = Set(source.files.map(\.path.text))
    for path in options.knownDigests.keys.sorted() where !present.contains(path) {
      throw ModelError(
        .corrupted, "file-missing", "the manifest names a file that the folder does not have",
        file: path)
    }
  }

  /// Makes the repo's folders, and refuses what cannot work before gigabytes are hashed.
  func prepare() throws(ModelError) {
    for path in [folder.path, folder.blobs, folder.refs, folder.snapshots, folder.trees] {
      try Folder.make(path)
    }
    _ = try currentCommit()
    for name in [revision] + tags { try RefWriter.checkFree(name, in: folder) }
    _ = try StagingFolder.removeStale(in: folder, olderThan: currentSecond())
  }

  /// The commit the revision stands for; nil if it does not exist.
  ///
  /// Throws `conflict` (`unexpected-commit`) if that is not what the caller expects, and what
  /// `RefFile.commit` throws if the ref is damaged: replacing it could lose the way to a snapshot.
  func currentCommit() throws(ModelError) -> GitObjectID? {
    let commit: GitObjectID?
    if try EntryStatus.of(folder.ref(revision.text))?.kind == .folder {
      // An empty folder that a removed ref left; one with refs in it is refused by `checkFree`.
      commit = nil
    } else {
      commit = try RefFile.commit(revision.text, in: folder)
    }
    let isExpected =
      switch options.expectedCommit {
      case .any: true
      case .absent: commit == nil
      case .commit(let expected): commit == expected
      }
    guard isExpected else {
      throw ModelError(
        .conflict, "unexpected-commit",
        "\(folder.repo) \(revision) is at \(commit?.hex ?? "no commit"), which is not what was "
          + "expected", file: folder.ref(revision.text))
    }
    return commit
  }

  /// The tags that do not stand for `commit` yet. Throws `conflict` (`tag-exists`) if one stands
  /// for another and may not move.
  func tagsToMove(to commit: GitObjectID) throws(ModelError) -> [RevisionName] {
    var moved: [RevisionName] = []
    for tag in tags {
      let found = try RefFile.commit(tag.text, in: folder)
      if found == commit { continue }
      guard found == nil || options.moveTags else {
        throw ModelError(
          .conflict, "tag-exists",
          "the tag \(tag) stands for \(found?.hex ?? ""); a tag does not move by itself",
          file: folder.ref(tag.text))
      }
      moved.append(tag)
    }
    return moved
  }

  /// The tree of `commit` by its listing, or by its links where there is none; nil if neither is
  /// whole, and then the content counts as changed.
  func treeID(of commit: GitObjectID) throws(ModelError) -> GitObjectID? {
    if let entries = try? TreeFile.read(commit, in: folder) { return try GitObjects.tree(entries) }
    guard let links = try? SnapshotEntry.all(commit, in: folder) else { return nil }
    var entries: [TreeEntry] = []
    for link in links {
      guard let blob = link.blob, let path = try? RepoFilePath(link.path),
        let byteCount = FileIdentity.of(path: folder.blob(blob))?.byteCount
      else { return nil }
      switch blob {
      case .git(let id):
        entries.append(TreeEntry(path: path, byteCount: byteCount, gitID: id, sha256: nil))
      case .sha256(let digest):
        let pointer = GitObjects.pointer(sha256: digest, byteCount: byteCount)
        let id = try GitObjects.id("blob", pointer)
        entries.append(TreeEntry(path: path, byteCount: byteCount, gitID: id, sha256: digest))
      }
    }
    return try GitObjects.tree(entries)
  }
}

/// Adds up what all threads hashed.
final class ProgressCounter: Sendable {
  private let done = Atomic<Int>(0)
  private let totalByteCount: Int
  private let report: (@Sendable (PublishProgress) -> Void)?

  init(
    _ source: SourceFolder, _ report: (@Sendable (PublishProgress) -> Void)?
  ) throws(ModelError) {
    var total = 0
    for file in source.files {
      total = try Checked.sum(total, FileIdentity.of(path: file.location)?.byteCount ?? 0)
    }
    self.totalByteCount = total
    self.report = report
  }

  /// What to call with the bytes of each piece of the file at `path`; nil if nobody listens.
  func callback(for path: String) -> (@Sendable (Int) -> Void)? {
    guard let report else { return nil }
    return { byteCount in
      let done = self.done.wrappingAdd(byteCount, ordering: .relaxed).newValue
      report(
        PublishProgress(
          path: path, doneByteCount: min(done, self.totalByteCount),
          totalByteCount: self.totalByteCount))
    }
  }
}
