internal import Tensors

/// Text files that a user wrote.
enum SmallFile {
  /// The text at `path`. Throws `limitExceeded` (`file-too-large`) above 16 MiB, `malformed`
  /// (`not-utf8`), `notFound`, `io`.
  static func text(at path: String) throws(ModelError) -> String {
    let source = try FileByteSource(path: path)
    guard source.byteCount <= 16 << 20 else {
      throw ModelError(
        .limitExceeded, "file-too-large", "\(source.byteCount) bytes are above \(16 << 20)",
        file: path)
    }
    let bytes = try source.bytes(at: 0, byteCount: source.byteCount)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ModelError(.malformed, "not-utf8", "the text is not UTF-8", file: path)
    }
    return text
  }
}
