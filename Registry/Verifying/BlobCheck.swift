import Synchronization
import Tensors

/// Checks the content of blobs, several at a time.
enum BlobCheck {
  struct Result: Sendable {
    var findings: [Finding] = []
    var hashedBlobCount = 0
    var hashedByteCount = 0
  }

  /// Hashes every blob of `uses` once. A wrong blob gives one finding for each file that links to
  /// it. Throws `io`, `cancelled` (`interrupted`).
  static func run(
    _ uses: [BlobName: [BlobUse]], in folder: RepoFolder, _ options: VerifyOptions
  ) throws(ModelError) -> Result {
    let blobs = uses.sorted { $0.key.text < $1.key.text }
    let collected = Collected()
    let reader = ContentReader(isCancelled: options.isCancelled, onBytes: options.onBytes)
    try FileThreads.forEach(blobs.count, threadCount: options.threadCount) {
      (index) throws(ModelError) in
      let (blob, uses) = blobs[index]
      collected.add(try check(blob, uses, in: folder, reader))
    }
    return collected.result
  }

  private static func check(
    _ blob: BlobName, _ uses: [BlobUse], in folder: RepoFolder, _ reader: ContentReader
  ) throws(ModelError) -> Result {
    let path = folder.blob(blob)
    func all(_ kind: Finding.Kind, expected: String?, found: String?) -> Result {
      let findings = uses.map { finding(kind, blob, $0, folder, expected: expected, found: found) }
      return Result(findings: findings)
    }
    guard let status = try EntryStatus.of(path) else {
      return all(.blobMissing, expected: "a file", found: "nothing")
    }
    if status.kind == .link {
      let target = try SymbolicLink.target(of: path)
      guard SharedBlob.isAllowed(target, at: path, in: folder) else {
        return all(.blobNotAFile, expected: "a regular file", found: "a link to \(target)")
      }
    } else if status.kind != .regular {
      return all(.blobNotAFile, expected: "a regular file", found: "a \(status.kind)")
    }
    let source: FileByteSource
    do throws(ModelError) {
      source = try FileByteSource(path: path)
    } catch {
      guard error.code != .io else { throw error }
      return all(.blobMissing, expected: "a file", found: error.message)
    }
    // The size is free and catches most damage; what has the wrong size need not be hashed.
    var result = Result()
    for use in uses {
      guard let byteCount = use.byteCount, byteCount != source.byteCount else { continue }
      result.findings.append(
        finding(
          .blobSizeWrong, blob, use, folder, expected: "\(byteCount) bytes",
          found: "\(source.byteCount) bytes"))
    }
    guard result.findings.isEmpty else { return result }
    if let found = try reader.mismatch(source, blob) {
      result = all(.blobCorrupted, expected: blob.text, found: found.text)
    }
    result.hashedBlobCount = 1
    result.hashedByteCount = source.byteCount
    return result
  }

  private static func finding(
    _ kind: Finding.Kind, _ blob: BlobName, _ use: BlobUse, _ folder: RepoFolder,
    expected: String?, found: String?
  ) -> Finding {
    Finding(
      kind: kind, repo: folder.repo, path: folder.blob(blob), refs: use.refs, commit: use.commit,
      file: use.file, blob: blob.text, expected: expected, found: found)
  }

  private final class Collected: Sendable {
    private let state = Mutex(Result())

    func add(_ other: Result) {
      state.withLock { result in
        result.findings += other.findings
        result.hashedBlobCount += other.hashedBlobCount
        result.hashedByteCount += other.hashedByteCount
      }
    }

    var result: Result { state.withLock { $0 } }
  }
}
