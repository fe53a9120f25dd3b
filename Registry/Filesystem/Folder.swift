import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Folders: listing, making, removing, and making durable.
enum Folder {
  /// One name in a folder.
  struct Entry: Sendable {
    var name: String
    var kind: EntryKind
  }

  /// What is in `path`, without `.` and `..`, by rising bytes of the names. A name that vanishes
  /// meanwhile is left out. Throws `notFound`, `io`, `malformed` (`file-name-not-utf8`,
  /// `not-a-folder`).
  static func entries(_ path: String) throws(ModelError) -> [Entry] {
    guard let stream = opendir(path) else {
      guard errno == ENOTDIR else { throw ModelError.system("cannot list", path) }
      throw ModelError(.malformed, "not-a-folder", "a folder was expected", file: path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw ModelError.system("cannot list", path) }
        break
      }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        Array(raw.prefix { $0 != 0 })
      }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw ModelError(
          .malformed, "file-name-not-utf8",
          "the name \(String(decoding: bytes, as: UTF8.self)) is not valid UTF-8", file: path)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var entries: [Entry] = []
    for name in names {
      guard let status = try EntryStatus.of(path + "/" + name) else { continue }
      entries.append(Entry(name: name, kind: status.kind))
    }
    return entries
  }

  /// As `entries`, but a folder that does not exist has none.
  static func entriesIfPresent(_ path: String) throws(ModelError) -> [Entry] {
    guard try EntryStatus.of(path) != nil else { return [] }
    return try entries(path)
  }

  /// Makes `path` and the folders above it, each durable in the one above, unless they exist.
  /// Throws `io`; `malformed` (`not-a-folder`) if a file is in the way.
  static func make(_ path: String) throws(ModelError) {
    if isFolder(path) { return }
    let parent = self.parent(of: path)
    if parent != path { try make(parent) }
    guard mkdir(path, 0o777) == 0 else {
      if errno == EEXIST {
        if isFolder(path) { return }
        throw ModelError(.malformed, "not-a-folder", "a folder was expected", file: path)
      }
      throw ModelError.system("cannot make the folder", path)
    }
    try sync(parent)
  }

  /// Whether `path` is a folder, or a link to one.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The folder that holds `path`.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    let parent = path[..<slash]
    return parent.isEmpty ? "/" : String(parent)
  }

  /// Makes the names in `path` durable. Throws `io`; a failed fsync is never tried again, because
  /// a second one reports success for data that is lost.
  static func sync(_ path: String) throws(ModelError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ModelError.system("cannot open", path) }
    defer { close(descriptor) }
    // Some network file systems cannot sync a folder and say EINVAL; there is nothing to wait for.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw ModelError.system("cannot make durable", path)
    }
  }

  /// Makes all folders below `path`, and `path` last, durable.
  static func syncTree(_ path: String) throws(ModelError) {
    for entry in try entries(path) where entry.kind == .folder {
      try syncTree(path + "/" + entry.name)
    }
    try sync(path)
  }

  /// Removes `path` and everything below it; links are removed, not followed. What is already gone
  /// is no error. Throws `io`, `malformed` (`file-name-not-utf8`).
  static func removeTree(_ path: String) throws(ModelError) {
    guard let status = try EntryStatus.of(path) else { return }
    guard status.kind == .folder else { return try File.remove(path) }
    for entry in try entries(path) { try removeTree(path + "/" + entry.name) }
    guard rmdir(path) == 0 || errno == ENOENT else {
      throw ModelError.system("cannot remove", path)
    }
  }

  /// Removes `path` if it is an empty folder; returns whether it is gone.
  static func removeIfEmpty(_ path: String) throws(ModelError) -> Bool {
    if rmdir(path) == 0 || errno == ENOENT { return true }
    guard errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR else {
      throw ModelError.system("cannot remove", path)
    }
    return false
  }
}
