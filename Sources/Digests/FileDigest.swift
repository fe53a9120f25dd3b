public import Tensors

/// Digests of whole files.
public enum FileDigest {
  /// Bytes that are read and hashed at a time: small enough for the second-level cache, so that
  /// hashing does not fetch from memory what reading has just put there.
  public static let chunkByteCount = 256 << 10

  /// The SHA-256 of the file at `path`. Throws `notFound`, `io`, `malformed` (`not-a-regular-file`).
  public static func sha256(path: String) throws(ModelError) -> Digest {
    try sha256(of: FileByteSource(path: path))
  }

  /// The SHA-256 of all of `source`. O(bytes) time, O(1) memory.
  public static func sha256(of source: some ByteSource) throws(ModelError) -> Digest {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(chunkByteCount, max(source.byteCount, 1)), alignment: 64)
    defer { buffer.deallocate() }
    var hash = SHA256()
    var offset = 0
    while offset < source.byteCount {
      let chunk = UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<min(buffer.count, source.byteCount - offset)])
      try source.read(into: chunk, at: offset)
      hash.update(UnsafeRawBufferPointer(chunk))
      offset += chunk.count
    }
    return hash.digest()
  }
}
