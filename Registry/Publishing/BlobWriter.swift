import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Puts the content of files into `blobs/`. Safe to use from several threads and processes: each
/// works on names of its own in staging, and a blob gets its final name whole and at once.
struct BlobWriter: Sendable {
  let folder: RepoFolder
  /// The staging folder's path.
  let staging: String
  let options: PublishOptions
  let reader: ContentReader

  /// Stores one file. `index` tells it from the others in staging.
  ///
  /// Throws `corrupted` (`digest-mismatch`) if a known digest does not hold, `conflict`
  /// (`digest-collision`, `blob-contended`), `io` (`file-changed`, …), `cancelled`.
  func store(_ file: SourceFile, index: Int) throws(ModelError) -> PublishedFile {
    let source = try FileByteSource(path: file.location)
    let isLFS = LFSRule.applies(to: file.path, byteCount: source.byteCount)
    let temporary = staging + "/blob-\(index)"
    var staged = try share(source, file.location, as: temporary)
    let ids: ContentIDs
    let known = options.knownDigests[file.path.text]
    if staged != nil {
      // Hashing what was staged, and not the source, proves the very bytes that get the name.
      let copy = try FileByteSource(path: temporary)
      guard copy.byteCount == source.byteCount else { throw Self.changed(file.location) }
      ids = try reader.ids(of: copy, git: !isLFS)
      try source.checkUnchanged()
    } else if let known, isLFS,
      try EntryStatus.of(folder.blob(.sha256(known.sha256))) == nil
    {
      // A claim that may be false saves one of two passes; the copy is checked against it below.
      ids = try copy(source, to: temporary, git: false)
      staged = .copied
    } else {
      ids = try reader.ids(of: source, git: !isLFS)
      try source.checkUnchanged()
    }
    try check(ids, source, known, file)

    let gitID: GitObjectID
    let blob: BlobName
    if let git = ids.git {
      gitID = git
      blob = .git(git)
    } else {
      let pointer = GitObjects.pointer(sha256: ids.sha256, byteCount: source.byteCount)
      gitID = try GitObjects.id("blob", pointer)
      blob = .sha256(ids.sha256)
    }
    let (outcome, isRepair) = try settle(source, ids, blob, temporary, staged)
    return PublishedFile(
      path: file.path, byteCount: source.byteCount, sha256: ids.sha256, gitID: gitID, blob: blob,
      outcome: outcome, isRepair: isRepair)
  }

  /// Brings the content of `source` under the name `blob`, whatever is or appears there meanwhile.
  private func settle(
    _ source: FileByteSource, _ ids: ContentIDs, _ blob: BlobName, _ temporary: String,
    _ alreadyStaged: PublishedFile.Outcome?
  ) throws(ModelError) -> (PublishedFile.Outcome, isRepair: Bool) {
    let path = folder.blob(blob)
    var staged = alreadyStaged
    // Another process can make or remove the blob between any two calls; each round looks again.
    for _ in 0..<8 {
      let state = try examine(path, source, blob)
      if state == .same {
        try File.remove(temporary)
        // Whoever wrote it may not have made it durable, and the ref will promise that it is.
        try File.sync(path)
        return (.alreadyThere, false)
      }
      let outcome: PublishedFile.Outcome
      if let staged {
        outcome = staged
      } else {
        let copied = try copy(source, to: temporary, git: ids.git != nil)
        guard copied.sha256 == ids.sha256 else { throw Self.changed(source.name) }
        outcome = .copied
        staged = outcome
      }
      options.onStep?(.blobStaged)
      try File.protect(temporary)
      try File.sync(temporary)
      options.onStep?(.blobSynced)
      if state == .damaged {
        try File.move(temporary, to: path)
      } else if try !File.moveWithoutReplacing(temporary, to: path) {
        continue
      }
      options.onStep?(.blobPublished)
      return (outcome, state == .damaged)
    }
    throw ModelError(
      .conflict, "blob-contended", "other writers keep changing the blob", file: path)
  }

  private enum BlobState { case absent, same, damaged }

  /// What is at `path`, compared byte by byte with the source, whose digest is known to be right.
  private func examine(
    _ path: String, _ source: FileByteSource, _ blob: BlobName
  ) throws(ModelError) -> BlobState {
    guard let status = try EntryStatus.of(path) else { return .absent }
    switch status.kind {
    case .regular: break
    case .link:
      guard SharedBlob.isAllowed(try SymbolicLink.target(of: path), at: path, in: folder),
        FileIdentity.of(path: path) != nil
      else { return .damaged }
    case .folder, .other:
      throw ModelError(
        .corrupted, "blob-not-a-file", "the blob is no regular file; move it away", file: path)
    }
    let existing: FileByteSource
    do throws(ModelError) {
      existing = try FileByteSource(path: path)
    } catch {
      if error.code == .notFound { return .absent }
      throw error
    }
    if existing.identity.isSameFile(as: source.identity) { return .same }
    // Comparing is not progress, so the bytes are not counted.
    var quiet = reader
    quiet.onBytes = nil
    if try quiet.isEqual(source, existing) { return .same }
    guard try quiet.mismatch(existing, blob) != nil else {
      throw ModelError(
        .conflict, "digest-collision",
        "two contents have this digest; the blob that was first is kept", file: path)
    }
    return .damaged
  }

  /// Stages the file without copying, if the file system can.
  private func share(
    _ source: FileByteSource, _ location: String, as temporary: String
  ) throws(ModelError) -> PublishedFile.Outcome? {
    if try FileSharing.clone(source, to: temporary) { return .reflinked }
    if options.allowHardLink, FileSharing.link(location, to: temporary) { return .linked }
    return nil
  }

  private func copy(
    _ source: FileByteSource, to path: String, git: Bool
  ) throws(ModelError) -> ContentIDs {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ModelError.system("cannot create", path) }
    var isOpen = true
    defer { if isOpen { close(descriptor) } }
    // Asking for the space first finds a full disk at once. What cannot is no reason to stop.
    if posix_fallocate(descriptor, 0, off_t(source.byteCount)) == ENOSPC {
      throw ModelError.system("cannot reserve \(source.byteCount) bytes for", path, errno: ENOSPC)
    }
    let ids = try reader.copy(source, to: descriptor, path, git: git)
    try source.checkUnchanged()
    isOpen = false
    guard close(descriptor) == 0 else { throw ModelError.system("cannot close", path) }
    guard try EntryStatus.of(path)?.byteCount == source.byteCount else {
      throw Self.changed(source.name)
    }
    return ids
  }

  private func check(
    _ ids: ContentIDs, _ source: FileByteSource, _ known: PublishOptions.KnownDigest?,
    _ file: SourceFile
  ) throws(ModelError) {
    guard let known else { return }
    guard known.byteCount == source.byteCount, known.sha256 == ids.sha256 else {
      throw ModelError(
        .corrupted, "digest-mismatch",
        "the manifest says \(known.byteCount) bytes with SHA-256 \(known.sha256), and the file has "
          + "\(source.byteCount) bytes with \(ids.sha256)", file: file.location)
    }
  }

  private static func changed(_ path: String) -> ModelError {
    ModelError(.io, "file-changed", "the file changed while it was published", file: path)
  }
}
