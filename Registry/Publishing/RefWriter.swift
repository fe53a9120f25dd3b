import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Moves refs: the last thing a publication does.
struct RefWriter {
  let folder: RepoFolder
  /// The staging folder's path.
  let staging: String
  let onStep: (@Sendable (PublishStep) -> Void)?

  /// Throws `conflict` (`ref-name-conflict`) if `name` needs a folder where a ref is, or the
  /// reverse: `a` and `a/b` cannot both be files.
  static func checkFree(_ name: RevisionName, in folder: RepoFolder) throws(ModelError) {
    var path = folder.refs
    let parts = name.text.split(separator: "/")
    for (index, part) in parts.enumerated() {
      path += "/" + part
      let kind = try EntryStatus.of(path)?.kind
      let isLast = index == parts.count - 1
      if isLast, kind == .folder, try Folder.entries(path).isEmpty { continue }
      guard kind == nil || (kind == .folder) != isLast else {
        let other = parts[...index].joined(separator: "/")
        throw ModelError(
          .conflict, "ref-name-conflict",
          isLast
            ? "\(folder.repo) has refs below \"\(name)/\", so it cannot have a ref \"\(name)\""
            : "\(folder.repo) has a ref \"\(other)\", so it cannot have a ref \"\(name)\"",
          file: path)
      }
    }
  }

  /// Makes `name` stand for `commit`. `label` tells it from other refs in staging.
  ///
  /// A ref `a/b` whose folder `a` is not there yet arrives together with it, by one rename: an
  /// empty folder below `refs/` is never a moment of a publication, and so always damage.
  func write(_ name: RevisionName, _ commit: GitObjectID, label: String) throws(ModelError) {
    let staged = staging + "/ref-" + label
    let parts = name.text.split(separator: "/").map(String.init)
    try Folder.make(staged + "/" + parts.dropLast().joined(separator: "/"))
    try File.write(Array(commit.hex.utf8), to: staged + "/" + name.text)
    try Folder.syncTree(staged)
    onStep?(.refStaged)
    var parent = folder.refs
    for attempt in 0... {
      try Self.checkFree(name, in: folder)
      parent = folder.refs
      var depth = 0
      while depth < parts.count - 1, Folder.isFolder(parent + "/" + parts[depth]) {
        parent += "/" + parts[depth]
        depth += 1
      }
      let source = staged + "/" + parts[...depth].joined(separator: "/")
      let target = parent + "/" + parts[depth]
      if rename(source, target) == 0 { break }
      let code = errno
      // An empty folder can be in the way, and another writer makes or removes the same folders.
      if code == EISDIR { _ = try Folder.removeIfEmpty(target) }
      guard attempt < 8, [EISDIR, EEXIST, ENOTEMPTY, ENOENT].contains(code) else {
        throw ModelError.system("cannot rename to", target, errno: code)
      }
    }
    onStep?(.refPublished)
    try Folder.sync(parent)
    onStep?(.refsSynced)
  }
}
