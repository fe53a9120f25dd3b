import Tensors

/// What a snapshot's folder has under one path, as found and not believed.
struct SnapshotEntry: Sendable {
  /// The path below the snapshot's folder; as found, so perhaps no valid name.
  var path: String
  /// What is there.
  var content: Content

  enum Content: Sendable, Equatable {
    /// A link, and what it says.
    case link(String)
    case regular
    case other
  }

  /// The blob, if this is a link that says exactly what a writer of this layout puts there.
  var blob: BlobName? {
    guard case .link(let target) = content, let name = BlobName(lastPart(of: target)),
      let path = try? RepoFilePath(path), path.linkTarget(to: name) == target
    else { return nil }
    return name
  }

  /// Everything but folders below the snapshot of `commit`, by rising path within each folder.
  ///
  /// Throws `notFound` (`no-such-snapshot`), `limitExceeded` (`snapshot-too-deep`), `io`.
  static func all(
    _ commit: GitObjectID, in folder: RepoFolder
  ) throws(ModelError) -> [SnapshotEntry] {
    let path = folder.snapshot(commit)
    guard try EntryStatus.of(path)?.kind == .folder else {
      throw ModelError(
        .notFound, "no-such-snapshot", "\(folder.repo) has no snapshot of the commit", file: path)
    }
    var entries: [SnapshotEntry] = []
    try collect("", depth: 0, root: path, into: &entries)
    return entries
  }

  private static func collect(
    _ prefix: String, depth: Int, root: String, into entries: inout [SnapshotEntry]
  ) throws(ModelError) {
    guard depth <= NameRules.pathDepth else {
      throw ModelError(
        .limitExceeded, "snapshot-too-deep",
        "folders nest deeper than \(NameRules.pathDepth)", file: root + "/" + prefix)
    }
    for entry in try Folder.entries(prefix.isEmpty ? root : root + "/" + prefix) {
      let path = prefix.isEmpty ? entry.name : prefix + "/" + entry.name
      switch entry.kind {
      case .folder: try collect(path, depth: depth + 1, root: root, into: &entries)
      case .link:
        let target = try SymbolicLink.target(of: root + "/" + path)
        entries.append(SnapshotEntry(path: path, content: .link(target)))
      case .regular: entries.append(SnapshotEntry(path: path, content: .regular))
      case .other: entries.append(SnapshotEntry(path: path, content: .other))
      }
    }
  }
}

/// The part of `path` behind its last slash.
func lastPart(of path: String) -> String {
  path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}
