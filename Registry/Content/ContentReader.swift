import Digests
import Tensors

/// What a file's content hashes to.
struct ContentIDs: Sendable {
  var sha256: Digest
  /// The git id of the content; nil where it was not asked for.
  var git: GitObjectID?
}

/// Reading whole files once, in pieces, with progress and a way to stop.
struct ContentReader: Sendable {
  /// Bytes read at a time: small enough for the second-level cache, so that hashing does not fetch
  /// from memory what reading has just put there. Times the threads, all the memory it takes.
  static let chunkByteCount = 256 << 10

  /// Called before each piece.
  var isCancelled: (@Sendable () -> Bool)?
  /// Called after each piece with its bytes.
  var onBytes: (@Sendable (Int) -> Void)?

  /// Hashes all of `source`. Throws `cancelled` (`interrupted`), `io`.
  func ids(of source: FileByteSource, git: Bool) throws(ModelError) -> ContentIDs {
    var hash = ContentHash(byteCount: source.byteCount, git: git)
    try forEachChunk(of: source) { (chunk) throws(ModelError) in hash.update(chunk) }
    return try hash.finish()
  }

  /// What `source` hashes to, in the kind of `name`, if that is not `name`; nil if it is.
  func mismatch(_ source: FileByteSource, _ name: BlobName) throws(ModelError) -> BlobName? {
    switch name {
    case .sha256(let digest):
      let found = try ids(of: source, git: false).sha256
      return found == digest ? nil : .sha256(found)
    case .git(let id):
      var hash = GitObjects.blobHash(byteCount: source.byteCount)
      try forEachChunk(of: source) { (chunk) throws(ModelError) in hash.update(chunk) }
      let found = try GitObjects.id(hash)
      return found == id ? nil : .git(found)
    }
  }

  /// Appends all of `source` to `descriptor`, and hashes what it wrote.
  func copy(
    _ source: FileByteSource, to descriptor: Int32, _ path: String, git: Bool
  ) throws(ModelError) -> ContentIDs {
    var hash = ContentHash(byteCount: source.byteCount, git: git)
    try forEachChunk(of: source) { (chunk) throws(ModelError) in
      hash.update(chunk)
      try File.append(chunk, to: descriptor, path)
    }
    return try hash.finish()
  }

  /// Whether two files of the same size have the same bytes.
  func isEqual(_ left: FileByteSource, _ right: FileByteSource) throws(ModelError) -> Bool {
    guard left.byteCount == right.byteCount else { return false }
    let other = ChunkBuffer(byteCount: min(Self.chunkByteCount, max(1, right.byteCount)))
    var offset = 0
    var isEqual = true
    try forEachChunk(of: left) { (chunk) throws(ModelError) in
      guard isEqual else { return }
      let piece = UnsafeMutableRawBufferPointer(rebasing: other.bytes[..<chunk.count])
      try right.read(into: piece, at: offset)
      isEqual = chunk.elementsEqualInMemory(UnsafeRawBufferPointer(piece))
      offset += chunk.count
    }
    return isEqual
  }

  private func forEachChunk(
    of source: FileByteSource,
    _ body: (UnsafeRawBufferPointer) throws(ModelError) -> Void
  ) throws(ModelError) {
    let buffer = ChunkBuffer(byteCount: min(Self.chunkByteCount, max(1, source.byteCount)))
    var offset = 0
    while offset < source.byteCount {
      if let isCancelled, isCancelled() {
        throw ModelError(.cancelled, "interrupted", "the work was stopped", file: source.name)
      }
      let count = min(buffer.bytes.count, source.byteCount - offset)
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<count])
      try source.read(into: piece, at: offset)
      try body(UnsafeRawBufferPointer(piece))
      offset += count
      onBytes?(count)
    }
  }
}

/// SHA-256 and, where asked for, git's SHA-1 of the same bytes.
private struct ContentHash {
  private var sha256 = SHA256()
  private var git: SHA1?

  init(byteCount: Int, git: Bool) {
    self.git = git ? GitObjects.blobHash(byteCount: byteCount) : nil
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    sha256.update(bytes)
    git?.update(bytes)
  }

  func finish() throws(ModelError) -> ContentIDs {
    ContentIDs(
      sha256: sha256.digest(),
      git: try git.map { (hash) throws(ModelError) in try GitObjects.id(hash) })
  }
}

/// Memory that goes when its owner goes.
private final class ChunkBuffer {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: 4096)
  }

  deinit { bytes.deallocate() }
}
