import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a name in a folder stands for; links are not followed.
enum EntryKind: Sendable, Equatable {
  case regular, folder, link, other
}

/// One status of a path, links not followed.
struct EntryStatus: Sendable {
  var kind: EntryKind
  var byteCount: Int
  var device: UInt64
  var inode: UInt64
  var linkCount: Int
  var owner: UInt32
  /// Whole seconds since 1970 of the last change to the content.
  var modificationSecond: Int

  /// The status of `path`; nil if there is nothing, or a component is no folder.
  /// Throws `io` for everything else.
  static func of(_ path: String) throws(ModelError) -> EntryStatus? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw ModelError.system("cannot examine", path)
    }
    let kind: EntryKind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    return EntryStatus(
      kind: kind, byteCount: Int(status.st_size),
      device: UInt64(truncatingIfNeeded: status.st_dev),
      inode: UInt64(truncatingIfNeeded: status.st_ino),
      linkCount: Int(status.st_nlink), owner: status.st_uid,
      modificationSecond: status.modificationSecond)
  }
}

extension stat {
  fileprivate var modificationSecond: Int {
    #if canImport(Darwin)
      Int(st_mtimespec.tv_sec)
    #else
      Int(st_mtim.tv_sec)
    #endif
  }
}

/// What a symbolic link says.
enum SymbolicLink {
  /// The text of the link at `path`. Throws `notFound`, `io`, `malformed` (`link-not-utf8`).
  static func target(of path: String) throws(ModelError) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, buffer.count)
    guard count >= 0 else { throw ModelError.system("cannot read the link", path) }
    let bytes = buffer[..<count].map { UInt8(bitPattern: $0) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ModelError(.malformed, "link-not-utf8", "the link is not valid UTF-8", file: path)
    }
    return text
  }

  /// Makes a link at `path` that says `target`.
  /// Throws `unsupported` (`symbolic-links-unsupported`) where the file system has none, else `io`.
  static func create(_ path: String, target: String) throws(ModelError) {
    guard symlink(target, path) != 0 else { return }
    if [EPERM, EOPNOTSUPP, ENOTSUP, ENOSYS].contains(errno) {
      throw ModelError(
        .unsupported, "symbolic-links-unsupported",
        "this file system has no symbolic links, and the registry is made of them; "
          + "choose a folder on another file system", file: path)
    }
    throw ModelError.system("cannot make the link", path)
  }
}
