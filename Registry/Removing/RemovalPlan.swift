import Tensors

/// What is to go, decided before anything goes.
struct RemovalPlan {
  let folder: RepoFolder
  private(set) var removal = Removal()

  /// Names of this layout in a repo's folder; everything else is somebody's own.
  private static let known: Set<String> = ["blobs", "refs", "snapshots", "trees", ".no_exist"]

  init(_ folder: RepoFolder, _ revision: RevisionName?) throws(ModelError) {
    self.folder = folder
    let refs = try RefFile.all(in: folder)
    let commits = try SnapshotFolder.commits(in: folder)
    guard let revision else {
      try planWhole(refs, commits)
      return
    }
    let commit: GitObjectID?
    if let id = revision.commit {
      guard commits.contains(id) else {
        throw ModelRegistry.noSuchRevision(revision, folder.repo, folder.snapshot(id))
      }
      commit = id
      removal.refs = refs.filter { (try? $0.commit.get()) == id }.map(\.name)
    } else {
      guard let ref = refs.first(where: { $0.name == revision.text }) else {
        throw ModelRegistry.noSuchRevision(revision, folder.repo, folder.ref(revision.text))
      }
      // A damaged ref stands for nothing, and removing it is how it gets out of the way.
      commit = try? ref.commit.get()
      removal.refs = [ref.name]
    }
    let kept = refs.filter { !removal.refs.contains($0.name) }
    if let commit, commits.contains(commit),
      !kept.contains(where: { (try? $0.commit.get()) == commit })
    {
      removal.commits = [commit]
      try planBlobs(keeping: commits.filter { $0 != commit })
    }
    if kept.isEmpty, removal.commits.count == commits.count { try planWhole(refs, commits) }
  }

  private mutating func planWhole(
    _ refs: [Ref], _ commits: [GitObjectID]
  ) throws(ModelError) {
    removal = Removal()
    removal.isWholeRepo = true
    removal.refs = refs.map(\.name)
    removal.commits = commits
    for entry in try Folder.entriesIfPresent(folder.blobs) {
      if let blob = BlobName(entry.name) { try plan(blob) }
    }
    for entry in try Folder.entries(folder.path)
    where !Self.known.contains(entry.name) && !entry.name.hasPrefix(".staging-") {
      removal.leftOver.append(entry.name)
    }
  }

  /// Only blobs that a removed snapshot names are candidates: others may belong to a download that
  /// has not made its link yet.
  private mutating func planBlobs(keeping commits: [GitObjectID]) throws(ModelError) {
    var live: Set<String> = []
    for commit in commits {
      for entry in try SnapshotEntry.all(commit, in: folder) {
        // Whatever path a link takes, a blob of the name it ends in is kept.
        if case .link(let target) = entry.content { live.insert(lastPart(of: target)) }
      }
    }
    var candidates: Set<BlobName> = []
    for commit in removal.commits {
      for entry in try SnapshotEntry.all(commit, in: folder) {
        if let blob = entry.blob, !live.contains(blob.text) { candidates.insert(blob) }
      }
    }
    for blob in candidates.sorted(by: { $0.text < $1.text })
    where try EntryStatus.of(folder.blob(blob)) != nil { try plan(blob) }
  }

  private mutating func plan(_ blob: BlobName) throws(ModelError) {
    removal.blobs.append(blob)
    guard let status = try EntryStatus.of(folder.blob(blob)), status.kind == .regular,
      status.linkCount == 1
    else { return }
    removal.freedByteCount = try Checked.sum(removal.freedByteCount, status.byteCount)
  }

  /// Removes in the order that never leaves a name without what it names. What has files below it
  /// moves into a staging folder first, so that it leaves its place whole and at once.
  func carryOut() throws(ModelError) {
    let staging = try StagingFolder.make(in: folder)
    do throws(ModelError) {
      for name in removal.refs { try removeRef(name, staging.path) }
      for commit in removal.commits {
        try File.move(folder.snapshot(commit), to: staging.path + "/" + commit.hex)
      }
      if !removal.commits.isEmpty { try Folder.sync(folder.snapshots) }
      if removal.isWholeRepo {
        try removeWhole()
      } else {
        try removeListingsAndBlobs()
      }
    } catch {
      try? Folder.removeTree(staging.path)
      throw error
    }
    try Folder.removeTree(staging.path)
    if removal.isWholeRepo, try Folder.removeIfEmpty(folder.path) { try Folder.sync(folder.root) }
  }

  private func removeRef(_ name: String, _ staging: String) throws(ModelError) {
    var path = folder.ref(name)
    var parent = Folder.parent(of: path)
    // Folders that hold nothing but this ref go with it, by the same rename.
    while parent != folder.refs, try Folder.entries(parent).count == 1 {
      path = parent
      parent = Folder.parent(of: path)
    }
    let grave = staging + "/ref"
    try File.move(path, to: grave)
    try Folder.sync(parent)
    try Folder.removeTree(grave)
  }

  private func removeListingsAndBlobs() throws(ModelError) {
    for commit in removal.commits { try File.remove(folder.tree(commit)) }
    if !removal.commits.isEmpty, Folder.isFolder(folder.trees) { try Folder.sync(folder.trees) }
    for blob in removal.blobs { try File.remove(folder.blob(blob)) }
    if !removal.blobs.isEmpty { try Folder.sync(folder.blobs) }
  }

  private func removeWhole() throws(ModelError) {
    for name in ["snapshots", "trees", "refs", ".no_exist", "blobs"] {
      try Folder.removeTree(folder.path + "/" + name)
    }
    _ = try StagingFolder.removeStale(in: folder, olderThan: currentSecond())
  }
}
