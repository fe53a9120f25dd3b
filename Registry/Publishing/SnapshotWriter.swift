import Tensors

/// Makes the snapshot of a commit and its listing.
struct SnapshotWriter {
  let folder: RepoFolder
  /// The staging folder's path.
  let staging: String
  let onStep: (@Sendable (PublishStep) -> Void)?

  /// Puts a folder of links under `snapshots/<commit>`. If there is one already, its missing and
  /// wrong links are put right one by one, and what it has besides stays. Returns how many links of
  /// an existing snapshot were wrong.
  ///
  /// Throws `corrupted` (`snapshot-damaged`) if a folder is where a link belongs or the reverse.
  func writeSnapshot(
    _ commit: GitObjectID, _ entries: [TreeEntry]
  ) throws(ModelError) -> Int {
    let staged = staging + "/snapshot"
    try Folder.make(staged)
    var made: Set<String> = [staged]
    for entry in entries {
      let path = staged + "/" + entry.path.text
      let parent = Folder.parent(of: path)
      if made.insert(parent).inserted { try Folder.make(parent) }
      try SymbolicLink.create(path, target: entry.path.linkTarget(to: entry.blob))
    }
    try Folder.syncTree(staged)
    onStep?(.snapshotStaged)
    let final = folder.snapshot(commit)
    var repairCount = 0
    if try EntryStatus.of(final) == nil, try rename(staged, to: final) {
      onStep?(.snapshotPublished)
    } else {
      repairCount = try repair(final, from: staged, entries)
    }
    try Folder.sync(folder.snapshots)
    onStep?(.snapshotsSynced)
    return repairCount
  }

  /// Puts the listing under `trees/<commit>.json`, unless there is one that says the same.
  /// Returns whether there was one that did not.
  func writeTree(_ commit: GitObjectID, _ entries: [TreeEntry]) throws(ModelError) -> Bool {
    let final = folder.tree(commit)
    let isPresent = try EntryStatus.of(final) != nil
    // A listing that cannot be read is as wrong as one that says something else.
    if isPresent, let found = try? TreeFile.read(commit, in: folder), found == entries {
      try File.sync(final)
      try Folder.sync(folder.trees)
      return false
    }
    let staged = staging + "/tree.json"
    try File.write(Array(TreeFile.text(entries).utf8), to: staged)
    onStep?(.treeStaged)
    try File.move(staged, to: final)
    onStep?(.treePublished)
    try Folder.sync(folder.trees)
    onStep?(.treesSynced)
    return isPresent
  }

  private func rename(_ staged: String, to final: String) throws(ModelError) -> Bool {
    do throws(ModelError) {
      try File.move(staged, to: final)
      return true
    } catch {
      // Another publisher of the same commit was first.
      if try EntryStatus.of(final) != nil { return false }
      throw error
    }
  }

  private func repair(
    _ final: String, from staged: String, _ entries: [TreeEntry]
  ) throws(ModelError) -> Int {
    var count = 0
    for entry in entries {
      let path = final + "/" + entry.path.text
      let status = try EntryStatus.of(path)
      if status?.kind == .link,
        try SymbolicLink.target(of: path) == entry.path.linkTarget(to: entry.blob)
      {
        continue
      }
      guard status?.kind != .folder else { throw damaged(path) }
      try makeParents(of: entry.path, in: final)
      try File.move(staged + "/" + entry.path.text, to: path)
      count += 1
    }
    if count > 0 { try Folder.syncTree(final) }
    return count
  }

  /// Makes the folders above `path`; a link among them would lead the rename out of the snapshot.
  private func makeParents(of path: RepoFilePath, in final: String) throws(ModelError) {
    var parent = final
    for part in [""] + path.parts.dropLast() {
      if !part.isEmpty { parent += "/" + part }
      let status = try EntryStatus.of(parent)
      guard status == nil || status?.kind == .folder else { throw damaged(parent) }
      if status == nil { try Folder.make(parent) }
    }
  }

  private func damaged(_ path: String) -> ModelError {
    ModelError(
      .corrupted, "snapshot-damaged",
      "a folder is where a file belongs, or the reverse; move it away", file: path)
  }
}
