import Synchronization
import Tensors

/// One publication, from a folder to a ref. README.md has the order of writes and why.
struct Publisher {
  let folder: RepoFolder
  let revision: RevisionName
  let tags: [RevisionName]
  let options: PublishOptions

  /// Where commits that no branch or tag stands for any more have a ref: `history/<commit>`.
  static let historyPrefix = "history/"

  func publish(_ path: String) throws(ModelError) -> Publication {
    try checkRevisions()
    let source = try SourceFolder(path)
    try checkKnownDigests(source)
    try prepare()
    let staging = try StagingFolder.make(in: folder)
    do throws(ModelError) {
      try staging.sign()
      let publication = try publish(source, staging: staging.path)
      try Folder.removeTree(staging.path)
      options.onStep?(.stagingRemoved)
      return publication
    } catch {
      // The first error is the one to report; the next publication removes what stays.
      try? Folder.removeTree(staging.path)
      throw error
    }
  }

  private func publish(
    _ source: SourceFolder, staging: String
  ) throws(ModelError) -> Publication {
    options.onStep?(.stagingMade)
    // Keeps `remove` from taking a blob that is found here before a snapshot names it.
    let use = try FolderLock(folder.blobs, .shared, timeout: options.lockTimeout)
    let files = try storeBlobs(source, staging: staging)
    try Folder.sync(folder.blobs)
    options.onStep?(.blobsSynced)
    // The commit's parent is what the ref says, so from here to the ref one writer at a time.
    let turn = try FolderLock(folder.path, .exclusive, timeout: options.lockTimeout)
    let publication = try commit(files, leftOut: source.leftOut, staging: staging)
    _ = consume turn
    _ = consume use
    return publication
  }

  private func commit(
    _ files: [PublishedFile], leftOut: [String], staging: String
  ) throws(ModelError) -> Publication {
    let previous = try currentCommit()
    let entries = files.map(\.treeEntry)
    let tree = try GitObjects.tree(entries)
    let commit: GitObjectID
    if let previous, try treeID(of: previous) == tree {
      commit = previous
    } else {
      commit = try GitObjects.commit(tree: tree, parent: previous, date: options.date)
    }
    let movedTags = try tagsToMove(to: commit)
    try checkBlobsPresent(files)

    let writer = SnapshotWriter(folder: folder, staging: staging, onStep: options.onStep)
    // A snapshot never stands without its listing: readers would take a part of it for the whole.
    let isTreeRepaired = try writer.writeTree(commit, entries)
    let repairedLinkCount = try writer.writeSnapshot(commit, entries)
    let refs = RefWriter(folder: folder, staging: staging, onStep: options.onStep)
    if let previous, previous != commit { try keepReachable(previous, with: refs) }
    let moved = (previous == commit ? [] : [revision]) + movedTags
    for (index, name) in moved.enumerated() { try refs.write(name, commit, label: "\(index)") }
    return Publication(
      repo: folder.repo, revision: revision, tags: tags, commit: commit, previousCommit: previous,
      snapshotPath: folder.snapshot(commit), files: files, leftOut: leftOut,
      repairCount: repairedLinkCount + (isTreeRepaired ? 1 : 0))
  }

  /// Gives the commit that the revision is about to leave a ref of its own, unless it has another:
  /// `hf cache prune` deletes every commit without one, and somebody may have pinned it.
  private func keepReachable(
    _ commit: GitObjectID, with refs: RefWriter
  ) throws(ModelError) {
    guard options.keepsHistory, try EntryStatus.of(folder.snapshot(commit)) != nil else { return }
    let others = try RefFile.all(in: folder).filter { $0.name != revision.text }
    if others.contains(where: { (try? $0.commit.get()) == commit }) { return }
    try refs.write(RevisionName(Self.historyPrefix + commit.hex), commit, label: "history")
  }

  private func storeBlobs(
    _ source: SourceFolder, staging: String
  ) throws(ModelError) -> [PublishedFile] {
    let progress = try ProgressCounter(source, options.onProgress)
    let collected = StoredFiles(count: source.files.count)
    try FileThreads.forEach(source.files.count, threadCount: options.threadCount) {
      [folder, options] (index) throws(ModelError) in
      let file = source.files[index]
      let reader = ContentReader(
        isCancelled: options.isCancelled, onBytes: progress.callback(for: file.path.text))
      let writer = BlobWriter(folder: folder, staging: staging, options: options, reader: reader)
      let published = try writer.store(file, index: index)
      collected.set(published, at: index)
    }
    return collected.all
  }

  /// Whatever removed a blob since it was stored, no snapshot may name one that is not there.
  private func checkBlobsPresent(_ files: [PublishedFile]) throws(ModelError) {
    for file in files {
      let path = folder.blob(file.blob)
      guard FileIdentity.of(path: path)?.byteCount == file.byteCount else {
        throw ModelError(
          .conflict, "blob-vanished", "another program removed the blob while it was published",
          file: path)
      }
    }
  }
}

private final class StoredFiles: Sendable {
  private let files: Mutex<[PublishedFile?]>

  init(count: Int) { files = Mutex(Array(repeating: nil, count: count)) }

  func set(_ file: PublishedFile, at index: Int) { files.withLock { $0[index] = file } }

  var all: [PublishedFile] { files.withLock { $0.compactMap { $0 } } }
}
