import Tensors

/// A file of a snapshot that links to a blob: whom to name if the blob is wrong.
struct BlobUse: Sendable {
  var commit: GitObjectID
  var refs: [String]
  var file: String
  /// What the listing says; nil without one.
  var byteCount: Int?
}

/// Looks at everything of one repo but the content of blobs.
struct RepoCheck {
  let folder: RepoFolder
  var findings: [Finding] = []
  /// Who links to each blob.
  var blobUses: [BlobName: [BlobUse]] = [:]
  var snapshotCount = 0
  var fileCount = 0
  /// The refs that stand for each commit.
  private var refsOfCommit: [GitObjectID: [String]] = [:]

  init(folder: RepoFolder) { self.folder = folder }

  /// Looks at `revision`, or at everything. Throws `notFound` (`no-such-revision`), `io`.
  mutating func run(_ revision: RevisionName?) throws(ModelError) {
    do throws(ModelError) {
      try checkRefs(revision)
      for commit in try commits(revision) { try checkSnapshot(commit) }
    } catch {
      guard error.code == .malformed || error.code == .limitExceeded else { throw error }
      add(.repoDamaged, error.context.file ?? folder.path, found: error.message)
    }
  }

  /// Looks at `revision`, or at every ref.
  private mutating func checkRefs(_ revision: RevisionName?) throws(ModelError) {
    for ref in try RefFile.all(in: folder) {
      if case .success(let commit) = ref.commit {
        refsOfCommit[commit, default: []].append(ref.name)
      }
      if let revision, revision.text != ref.name { continue }
      try check(ref)
    }
  }

  /// The snapshots to look at: that of `revision`, or all.
  ///
  /// Throws `notFound` (`no-such-revision`) if `revision` is neither a ref nor a snapshot.
  private mutating func commits(_ revision: RevisionName?) throws(ModelError) -> [GitObjectID] {
    if let revision {
      if let commit = revision.commit {
        guard try EntryStatus.of(folder.snapshot(commit)) != nil else {
          throw ModelRegistry.noSuchRevision(revision, folder.repo, folder.snapshot(commit))
        }
        return [commit]
      }
      let commits = refsOfCommit.filter { $0.value.contains(revision.text) }.map(\.key)
      if commits.isEmpty, findings.isEmpty {
        throw ModelRegistry.noSuchRevision(revision, folder.repo, folder.ref(revision.text))
      }
      var present: [GitObjectID] = []
      for commit in commits where try EntryStatus.of(folder.snapshot(commit))?.kind == .folder {
        present.append(commit)
      }
      return present
    }
    for entry in try Folder.entriesIfPresent(folder.snapshots)
    where entry.kind != .folder || GitObjectID(hex: entry.name) == nil {
      add(
        .snapshotStray, folder.snapshots + "/" + entry.name,
        expected: "a folder named by 40 lower-case hexadecimal digits",
        found: "a \(entry.kind) named \(entry.name)")
    }
    return try SnapshotFolder.commits(in: folder)
  }

  private mutating func check(_ ref: Ref) throws(ModelError) {
    let path = folder.ref(ref.name)
    switch ref.commit {
    case .failure(let error):
      let kind = Finding.Kind(rawValue: error.reason) ?? .refNotACommit
      add(
        kind, path, refs: [ref.name], expected: "40 lower-case hexadecimal digits, no newline",
        found: error.message)
    case .success(let commit):
      if RefFile.isLeftOver(ref.name) || (try? RevisionName(ref.name)) == nil {
        add(
          .refNameInvalid, path, refs: [ref.name], expected: "a name that can be a revision",
          found: ref.name)
      }
      if try EntryStatus.of(folder.snapshot(commit))?.kind != .folder {
        add(
          .refDangling, path, refs: [ref.name], commit: commit,
          expected: "the folder snapshots/\(commit)", found: "nothing")
      }
    }
  }

  /// Looks at the links and the listing of one commit.
  private mutating func checkSnapshot(_ commit: GitObjectID) throws(ModelError) {
    snapshotCount += 1
    let links: [SnapshotEntry]
    do throws(ModelError) {
      links = try SnapshotEntry.all(commit, in: folder)
    } catch {
      guard error.code != .io else { throw error }
      add(
        .snapshotDamaged, error.context.file ?? folder.snapshot(commit), commit: commit,
        found: error.message)
      return
    }
    let tree = try readTree(commit)
    let entries = Dictionary(
      (tree ?? []).map { ($0.path.text, $0) }, uniquingKeysWith: { first, _ in first })
    for link in links {
      fileCount += 1
      let entry = entries[link.path]
      if tree != nil, entry == nil {
        add(.extraFile, path(commit, link.path), commit: commit, file: link.path)
      }
      try check(link, commit, entry)
    }
    let present = Set(links.map(\.path))
    for entry in tree ?? [] where !present.contains(entry.path.text) {
      add(
        .fileMissing, path(commit, entry.path.text), commit: commit, file: entry.path.text,
        blob: entry.blob.text)
    }
  }

  private mutating func check(
    _ link: SnapshotEntry, _ commit: GitObjectID, _ entry: TreeEntry?
  ) throws(ModelError) {
    let place = path(commit, link.path)
    let wanted = entry.map { $0.path.linkTarget(to: $0.blob) }
    guard case .link(let target) = link.content else {
      add(
        .linkReplaced, place, commit: commit, file: link.path, blob: entry?.blob.text,
        expected: wanted.map { "a link to \($0)" } ?? "a link",
        found: link.content == .regular ? "a regular file" : "something else")
      return
    }
    guard let blob = link.blob else {
      add(
        target.hasPrefix("/") ? .linkAbsolute : .linkOutside, place, commit: commit,
        file: link.path, blob: entry?.blob.text, expected: wanted ?? "a relative link into blobs/",
        found: target)
      return
    }
    if let entry, entry.blob != blob {
      add(
        .linkDisagrees, place, commit: commit, file: link.path, blob: blob.text,
        expected: entry.blob.text, found: blob.text)
    }
    let use = BlobUse(
      commit: commit, refs: refsOfCommit[commit] ?? [], file: link.path,
      byteCount: entry?.blob == blob ? entry?.byteCount : nil)
    blobUses[blob, default: []].append(use)
  }

  private mutating func readTree(_ commit: GitObjectID) throws(ModelError) -> [TreeEntry]? {
    let place = folder.tree(commit)
    do throws(ModelError) {
      guard let tree = try TreeFile.read(commit, in: folder) else {
        add(.treeMissing, place, commit: commit)
        return nil
      }
      for entry in tree {
        guard let sha256 = entry.sha256 else { continue }
        let pointer = GitObjects.pointer(sha256: sha256, byteCount: entry.byteCount)
        let id = try GitObjects.id("blob", pointer)
        if id != entry.gitID {
          add(
            .treeDisagrees, place, commit: commit, file: entry.path.text, blob: sha256.hex,
            expected: "blob_id \(id)", found: "blob_id \(entry.gitID)")
        }
      }
      return tree
    } catch {
      guard error.code != .io else { throw error }
      add(.treeMalformed, place, commit: commit, found: error.message)
      return nil
    }
  }

  private func path(_ commit: GitObjectID, _ file: String) -> String {
    folder.snapshot(commit) + "/" + file
  }

  private mutating func add(
    _ kind: Finding.Kind, _ path: String, refs: [String]? = nil, commit: GitObjectID? = nil,
    file: String? = nil, blob: String? = nil, expected: String? = nil, found: String? = nil
  ) {
    findings.append(
      Finding(
        kind: kind, repo: folder.repo, path: path,
        refs: refs ?? commit.flatMap { refsOfCommit[$0] } ?? [], commit: commit, file: file,
        blob: blob, expected: expected, found: found))
  }
}
