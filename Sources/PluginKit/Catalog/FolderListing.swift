internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The names in a folder.
enum FolderListing {
  /// What a name stands for, links followed.
  enum Kind: Sendable { case file, folder, other }

  /// The names in the folder at `path`, sorted by their bytes, without `.` and `..`.
  ///
  /// Throws `notFound` (`no-such-file`), `io`; `refused` (`name-not-utf8`);
  /// `limitExceeded` (`too-many-files`) above 100 000 names.
  static func names(at path: String) throws(ModelError) -> [String] {
    guard let folder = opendir(path) else { throw ModelError.system("cannot list", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw ModelError(
          .refused, "name-not-utf8",
          "a file's name is not UTF-8: \(String(decoding: bytes, as: UTF8.self))", file: path)
      }
      if name == "." || name == ".." { continue }
      guard names.count < 100_000 else {
        throw ModelError(
          .limitExceeded, "too-many-files", "the folder has more than 100000 files", file: path)
      }
      names.append(name)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What is at `path`; nil if nothing is, or only a broken link.
  static func kind(of path: String) -> Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// Whether `path` itself is a symbolic link.
  static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }
}
