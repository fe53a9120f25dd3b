internal import Digests
internal import Tensors

/// A file that travels beside the weights unchanged.
enum Companion {
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
