internal import Digests
internal import Tensors

/// A file beside the weights: one that travels unchanged, or one that was made.
enum Companion {
  /// Writes `bytes` as the file `relative`, durably, and returns its manifest entry.
  static func write(_ bytes: [UInt8], as relative: String, to destination: String)
    throws(ModelError) -> Manifest.File
  {
    let path = destination + "/" + relative
    try FileSystem.makeFolders(FileSystem.parent(of: path))
    let output = try OutputFile(path: path, byteCount: bytes.count)
    try output.write(bytes, at: 0)
    try output.finish()
    return Manifest.File(
      path: relative, byteCount: bytes.count, sha256: SHA256.digest(of: bytes), tensors: [])
  }

  /// Copies `relative` from one folder to another, durably, and returns its manifest entry.
  static func copy(_ relative: String, from folder: String, to destination: String)
    throws(ModelError) -> Manifest.File
  {
    let source = try FileByteSource(path: folder + "/" + relative)
    let path = destination + "/" + relative
    try FileSystem.makeFolders(FileSystem.parent(of: path))
    let output = try OutputFile(path: path, byteCount: source.byteCount)
    var hash = SHA256()
    var offset = 0
    while offset < source.byteCount {
      let bytes = try source.bytes(
        at: offset, byteCount: min(FileDigest.chunkByteCount, source.byteCount - offset))
      try output.write(bytes, at: offset)
      hash.update(bytes)
      offset += bytes.count
    }
    try source.checkUnchanged()
    try output.finish()
    return Manifest.File(
      path: relative, byteCount: source.byteCount, sha256: hash.digest(), tensors: [])
  }
}
