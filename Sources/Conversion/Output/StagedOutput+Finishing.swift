internal import Digests
internal import Tensors

/// Runs that were killed between the first and the last step of giving an output its name.
///
/// The journal is sealed with the manifest's digest before the first name changes. So whoever comes
/// next can tell by content, not by guess, whether what stands there is this job's output, and
/// whether `content` is what was made or the old output that changed places with it.
extension StagedOutput {
  /// The names that are still staged, if an interrupted run of `job` (any job if nil) had begun to
  /// move its files to their final names; nil if it had not.
  func unfinishedNames(job: Digest?) throws(ModelError) -> [String]? {
    guard let seal = Journal.seal(at: journalPath, job: job) else { return nil }
    if try StagedOutput.digest(of: finalManifestPath) == seal { return [] }
    guard case .file(let file) = target, try StagedOutput.digest(of: stagedManifestPath) == seal,
      !FileSystem.exists(contentPath + "/" + FileSystem.name(of: file)), FileSystem.exists(file)
    else { return nil }
    return target.fileNames.filter { FileSystem.exists(contentPath + "/" + $0) }
  }

  /// Moves what is still staged, if `unfinishedNames` has an answer, and returns the manifest of the
  /// output, which is then complete.
  func finishPublishing(job: Digest) throws(ModelError) -> Manifest? {
    guard try unfinishedNames(job: job) != nil else { return nil }
    let journal = try Journal(path: journalPath, job: job, resumes: true)
    // Asked again, now that nobody else can move anything.
    guard let names = try unfinishedNames(job: job) else { return nil }
    let folder = FileSystem.parent(of: target.path)
    for name in names { try FileSystem.rename(contentPath + "/" + name, to: folder + "/" + name) }
    try FileSystem.syncFolder(folder)
    let source = try FileByteSource(path: finalManifestPath)
    let manifest = try Manifest(parsing: source.bytes(at: 0, byteCount: source.byteCount))
    try FileSystem.remove(path)
    withExtendedLifetime(journal) {}
    return manifest
  }

  /// Whether `content` may hold something else than an unfinished run's work: after an exchange it
  /// is the old output, whose files another folder may share and nobody may write to.
  func holdsReplacedOutput() throws(ModelError) -> Bool {
    guard let seal = Journal.seal(at: journalPath, job: nil) else { return false }
    return try StagedOutput.digest(of: stagedManifestPath) != seal
  }

  private var stagedManifestPath: String { contentPath + "/" + target.manifestName }

  private var finalManifestPath: String {
    let folder = target.isFolder ? target.path : FileSystem.parent(of: target.path)
    return folder + "/" + target.manifestName
  }

  private static func digest(of path: String) throws(ModelError) -> Digest? {
    guard FileSystem.exists(path) else { return nil }
    do throws(ModelError) {
      return try FileDigest.sha256(path: path)
    } catch {
      // A folder or a dangling link in the manifest's place is not the manifest.
      guard error.code == .notFound || error.reason == "not-a-regular-file" else { throw error }
      return nil
    }
  }
}
