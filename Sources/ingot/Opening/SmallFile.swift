internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Text files of a user.
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

  /// Writes `text` to a new file at `path`. Throws `refused` (`output-exists`) if there is something:
  /// nothing is ever written over, because it may be a model. `io`.
  static func create(_ text: String, at path: String) throws(ModelError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, 0o666)
    guard descriptor >= 0 else {
      if errno == EEXIST {
        throw ModelError(
          .refused, "output-exists", "the file exists, and is never written over", file: path)
      }
      throw ModelError.system("cannot create", path)
    }
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { write(descriptor, $0 + done, bytes.count - done) } ?? -1
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = ModelError.system("cannot write", path)
        close(descriptor)
        throw error
      }
      done += count
    }
    guard close(descriptor) == 0 else { throw ModelError.system("cannot write", path) }
  }
}
