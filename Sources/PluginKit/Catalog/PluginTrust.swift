internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Whether a plugin's file may be loaded: its code will run with the user's rights, so nobody but
/// the user and root may have been able to write it.
enum PluginTrust {
  /// The identity of the file at `path`, links resolved, after these checks:
  ///
  /// 1. The file and its folder belong to the effective user or to root.
  /// 2. Neither can be written by others, nor by their group, unless that is the user's private group:
  ///    Ubuntu and Fedora give each user one and make files group-writable by default, so without
  ///    this exception whoever builds there would find no plugin.
  /// 3. No folder above can be written by everyone, unless it is sticky like `/tmp`. Group-writable
  ///    folders above are allowed, because `/usr/local/lib` is one on Debian.
  ///
  /// Throws `refused`: `untrusted-owner`, `writable-by-others`; `notFound`, `io`; `pluginFailed`
  /// (`not-a-shared-library`) for something that is no regular file.
  static func check(_ path: String) throws(ModelError) -> (identity: FileIdentity, path: String) {
    guard let resolved = realpath(path, nil) else {
      throw ModelError.system("cannot resolve", path)
    }
    let real = String(cString: resolved)
    free(resolved)
    let status = try status(of: real)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ModelError(
        .pluginFailed, "not-a-shared-library", "a plugin must be a regular file", file: real)
    }
    try checkOwnerAndMode(status, real)
    let folder = ProgramFolder.folder(of: real)
    try checkOwnerAndMode(try self.status(of: folder), folder)
    var ancestor = folder
    while ancestor != "/" {
      ancestor = ProgramFolder.folder(of: ancestor)
      let mode = try self.status(of: ancestor).st_mode
      guard mode & S_IWOTH == 0 || mode & S_ISVTX != 0 else {
        throw writable(ancestor, mode)
      }
    }
    guard let identity = FileIdentity.of(path: real) else {
      throw ModelError.system("cannot examine", real)
    }
    return (identity, real)
  }

  private static func checkOwnerAndMode(_ status: stat, _ path: String) throws(ModelError) {
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw ModelError(
        .refused, "untrusted-owner",
        "the owner is user \(status.st_uid), neither user \(geteuid()) nor root", file: path)
    }
    let isGroupTrusted =
      status.st_mode & S_IWGRP == 0
      || (status.st_uid == geteuid() && isPrivate(group: status.st_gid, of: geteuid()))
    guard status.st_mode & S_IWOTH == 0, isGroupTrusted else {
      throw writable(path, status.st_mode)
    }
  }

  /// Whether `group` has the number of `user` and no other member; root's group is not private.
  static func isPrivate(group: gid_t, of user: uid_t) -> Bool {
    guard user != 0, group == user, let entry = getgrgid(group)?.pointee,
      let account = getpwuid(user)?.pointee, let name = account.pw_name
    else { return false }
    var member = entry.gr_mem
    while let text = member?.pointee {
      if strcmp(text, name) != 0 { return false }
      member = member?.successor()
    }
    return true
  }

  private static func writable(_ path: String, _ mode: mode_t) -> ModelError {
    ModelError(
      .refused, "writable-by-others",
      "the mode \(String(mode & 0o7777, radix: 8)) lets others write it; chmod go-w remedies that",
      file: path)
  }

  private static func status(of path: String) throws(ModelError) -> stat {
    var result = stat()
    guard stat(path, &result) == 0 else { throw ModelError.system("cannot examine", path) }
    return result
  }
}
