internal import Digests
public import Tensors

/// Compares an output with its manifest, byte by byte.
public struct OutputVerification: Sendable {
  /// Where the manifest and its files are.
  public struct Location: Sendable, Equatable {
    /// The folder of the manifest.
    public var folder: String
    /// The manifest's name in it.
    public var manifestName: String
    /// The checksum file's name in it.
    public var checksumName: String
    /// Whether the folder holds this output and nothing else, so that extra files are findings.
    public var ownsFolder: Bool
    /// The output file's name; nil for a folder.
    public var fileName: String?

    /// The location of the output at `path`: an output folder, an output file, or a manifest.
    ///
    /// Throws `notFound` (`no-manifest`) if no manifest belongs to it.
    public init(of given: String) throws(ModelError) {
      let suffix = "." + Manifest.folderFileName
      let path = given.hasSuffix(suffix) ? String(given.dropLast(suffix.utf8.count)) : given
      if FileSystem.isFolder(path) {
        self.init(
          folder: path, manifestName: Manifest.folderFileName, checksumName: "SHA256SUMS",
          ownsFolder: true, fileName: nil)
      } else {
        let target = OutputTarget.file(path: path)
        self.init(
          folder: FileSystem.parent(of: path), manifestName: target.manifestName,
          checksumName: target.checksumName, ownsFolder: false,
          fileName: FileSystem.name(of: path))
      }
      guard FileSystem.exists(folder + "/" + manifestName) else {
        throw ModelError(
          .notFound, "no-manifest", "there is no \(manifestName) beside it", file: path)
      }
    }

    private init(
      folder: String, manifestName: String, checksumName: String, ownsFolder: Bool,
      fileName: String?
    ) {
      self.folder = folder
      self.manifestName = manifestName
      self.checksumName = checksumName
      self.ownsFolder = ownsFolder
      self.fileName = fileName
    }
  }

  /// The manifest that was read.
  public let manifest: Manifest
  private let location: Location
  private let manifestDigest: Digest

  /// Reads the manifest at `location`. Throws what `Manifest.init(parsing:)` throws, `io`;
  /// `limitExceeded` (`manifest-too-large`) above 1 GiB.
  public init(_ location: Location) throws(ModelError) {
    self.location = location
    let source = try FileByteSource(path: location.folder + "/" + location.manifestName)
    guard source.byteCount <= 1 << 30 else {
      throw ModelError(
        .limitExceeded, "manifest-too-large", "\(source.byteCount) bytes are above \(1 << 30)",
        file: source.name)
    }
    let bytes = try source.bytes(at: 0, byteCount: source.byteCount)
    manifestDigest = SHA256.digest(of: bytes)
    do throws(ModelError) {
      manifest = try Manifest(parsing: bytes)
    } catch {
      throw error.at(file: source.name)
    }
    if let name = location.fileName, !manifest.files.contains(where: { $0.path == name }) {
      throw ModelError(
        .notFound, "no-manifest", "\(location.manifestName) does not name \(name)",
        file: source.name)
    }
  }

  /// Hashes every file again, `threadCount` files at a time, and returns every difference, in the
  /// order of the manifest. Empty means: everything is there, nothing else is, and every byte is
  /// what it was. `onProgress` hears the bytes hashed so far, from several threads.
  public func run(
    threadCount: Int, onProgress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(ModelError) -> [OutputFinding] {
    let files = manifest.files
    let results = Monitor([[OutputFinding]](repeating: [], count: files.count))
    let cursor = Monitor((next: 0, done: 0, failure: ModelError?.none))
    // Largest first, so that the last thread does not begin a long file when the others are done.
    let order = files.indices.sorted { files[$0].byteCount > files[$1].byteCount }
    onThreads(max(1, min(threadCount, files.count))) { _ in
      while let index = cursor.withLock({ state -> Int? in
        guard state.failure == nil, state.next < order.count else { return nil }
        defer { state.next += 1 }
        return order[state.next]
      }) {
        do throws(ModelError) {
          let findings = try check(files[index])
          results.withLock { $0[index] = findings }
          let done = cursor.withLock { state in
            state.done += files[index].byteCount
            return state.done
          }
          onProgress(done)
        } catch {
          cursor.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    if let failure = cursor.withLock({ $0.failure }) { throw failure }
    return results.withLock { $0.flatMap { $0 } } + (try checksumFindings()) + (try extraFindings())
  }

  private func check(_ file: Manifest.File) throws(ModelError) -> [OutputFinding] {
    let path = location.folder + "/" + file.path
    let source: FileByteSource
    do throws(ModelError) {
      source = try FileByteSource(path: path)
    } catch {
      guard error.code == .notFound || error.reason == "not-a-regular-file" else { throw error }
      return [
        OutputFinding(
          kind: .missing, file: file.path, expected: "\(file.byteCount) bytes",
          found: error.code == .notFound ? "nothing" : "no regular file")
      ]
    }
    guard source.byteCount == file.byteCount else {
      let size = OutputFinding(
        kind: .size, file: file.path, expected: "\(file.byteCount) bytes",
        found: "\(source.byteCount) bytes")
      return [size] + (try FileCheck.tensorFindings(file, in: source))
    }
    return try FileCheck(file, in: source).findings
  }

  /// The checksum file has to say of every file what the manifest says, and of the manifest what it
  /// is.
  private func checksumFindings() throws(ModelError) -> [OutputFinding] {
    let path = location.folder + "/" + location.checksumName
    guard FileSystem.exists(path) else {
      return [
        OutputFinding(
          kind: .missing, file: location.checksumName, expected: "a checksum file", found: "nothing"
        )
      ]
    }
    let source = try FileByteSource(path: path)
    let expected = Array(manifest.checksums(manifestName: location.manifestName).utf8)
    var isEqual = source.byteCount == expected.count
    if isEqual { isEqual = try source.bytes(at: 0, byteCount: source.byteCount) == expected }
    let isCanonical = SHA256.digest(of: Array(manifest.text.utf8)) == manifestDigest
    guard !isEqual || !isCanonical else { return [] }
    return [
      OutputFinding(
        kind: .checksums, file: isCanonical ? location.checksumName : location.manifestName,
        expected: SHA256.digest(of: isCanonical ? expected : Array(manifest.text.utf8)).hex,
        found: isCanonical ? try FileDigest.sha256(of: source).hex : manifestDigest.hex)
    ]
  }

  private func extraFindings() throws(ModelError) -> [OutputFinding] {
    guard location.ownsFolder else { return [] }
    let known = Set(manifest.files.map(\.path) + [location.manifestName, location.checksumName])
    return try FileSystem.files(below: location.folder).filter { !known.contains($0) }.map {
      OutputFinding(kind: .extra, file: $0, expected: "nothing", found: "a file")
    }
  }
}
