import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Giving a file a second name or sharing its extents, so that publishing moves no bytes.
enum FileSharing {
  /// Makes `target`, which must not exist, share the extents of `source` (`FICLONE`): a private
  /// copy that costs no space until one of the two is written. Returns false where the file system
  /// cannot; nothing is left then. Throws `io` if `target` cannot be made.
  static func clone(_ source: FileByteSource, to target: String) throws(ModelError) -> Bool {
    #if os(Linux)
      let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw ModelError.system("cannot create", target) }
      // FICLONE = _IOW(0x94, 9, int), which the C header spells as a macro.
      let result = ioctl(descriptor, UInt(0x4004_9409), source.descriptor)
      close(descriptor)
      if result == 0 { return true }
      try File.remove(target)
    #endif
    return false
  }

  /// Makes `target`, which must not exist, another name of the file at `source` (links followed).
  /// Returns false if the file belongs to another user, lies on another file system, or the file
  /// system has no hard links; nothing is left then.
  static func link(_ source: String, to target: String) -> Bool {
    var status = stat()
    // A file of another user can be changed by that user under the registry's name.
    guard stat(source, &status) == 0, status.st_uid == geteuid() else { return false }
    return linkat(AT_FDCWD, source, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0
  }
}
