#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ModelError {
  /// The current `errno` as an error: `notFound` (`no-such-file`) for `ENOENT`, otherwise `io` with
  /// the system's own token as reason, such as `disk-full` or `permission-denied`.
  public static func system(_ action: String, _ path: String, errno number: Int32? = nil)
    -> ModelError
  {
    let code = number ?? errno
    let text = String(cString: strerror(code))
    if code == ENOENT || code == ENOTDIR {
      return ModelError(.notFound, "no-such-file", "\(action): \(text)", file: path)
    }
    let reason =
      switch code {
      case ENOSPC, EDQUOT: "disk-full"
      case EFBIG: "file-too-large"
      case EACCES, EPERM: "permission-denied"
      case EROFS: "read-only"
      case EMFILE, ENFILE: "too-many-open-files"
      case EEXIST: "already-exists"
      case ENAMETOOLONG: "name-too-long"
      case EXDEV: "other-filesystem"
      case ELOOP: "symbolic-link"
      default: "system-error"
      }
    return ModelError(.io, reason, "\(action): \(text)", file: path)
  }
}
