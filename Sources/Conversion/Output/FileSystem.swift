internal import CLinux
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The few operations on folders and small files that durable output needs.
enum FileSystem {
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names that the file at `path` has; 0 if there is none.
  static func linkCount(_ path: String) -> Int {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_nlink) : 0
  }

  /// The folder that holds `path`; `.` for a bare name.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component of `path`, trailing slashes ignored.
  static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  static func makeFolder(_ path: String) throws(ModelError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw ModelError.system("cannot create the folder", path)
    }
  }

  static func makeFolders(_ path: String) throws(ModelError) {
    if isFolder(path) { return }
    let parent = parent(of: path)
    if parent != path { try makeFolders(parent) }
    try makeFolder(path)
  }

  /// Writes a whole small file and forces it to the disk.
  static func write(_ text: String, to path: String) throws(ModelError) {
    let bytes = Array(text.utf8)
    let file = try OutputFile(path: path, byteCount: bytes.count)
    var failure: ModelError?
    bytes.withUnsafeBytes { buffer in
      do throws(ModelError) { try file.write(buffer, at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    try file.finish()
  }

  /// Makes the names in a folder durable.
  static func syncFolder(_ path: String) throws(ModelError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ModelError.system("cannot open the folder", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw ModelError.system("cannot make durable the folder", path)
    }
  }

  static func rename(_ old: String, to new: String) throws(ModelError) {
    #if canImport(Glibc)
      let status = Glibc.rename(old, new)
    #elseif canImport(Musl)
      let status = Musl.rename(old, new)
    #else
      let status = Darwin.rename(old, new)
    #endif
    guard status == 0 else { throw ModelError.system("cannot rename to", new) }
  }

  /// Swaps two folders in one step, so that no moment sees neither; false where the filesystem
  /// cannot.
  static func exchange(_ a: String, _ b: String) throws(ModelError) -> Bool {
    #if os(Linux)
      let status = ingot_exchange(a, b)
      if status == 0 { return true }
      if status == EINVAL || status == ENOSYS { return false }
      throw ModelError.system("cannot exchange with", b, errno: status)
    #else
      return false
    #endif
  }

  /// Removes a file or a folder with all it holds; links are removed, not followed. Nothing there
  /// is no error.
  static func remove(_ path: String) throws(ModelError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in try names(in: path) { try remove(path + "/" + name) }
      guard rmdir(path) == 0 else { throw ModelError.system("cannot remove", path) }
    } else {
      guard unlink(path) == 0 || errno == ENOENT else {
        throw ModelError.system("cannot remove", path)
      }
    }
  }

  /// The names in a folder, sorted, without `.` and `..`.
  static func names(in path: String) throws(ModelError) -> [String] {
    guard let folder = opendir(path) else { throw ModelError.system("cannot list", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// All regular files and links below `path`, as relative paths, sorted.
  static func files(below path: String) throws(ModelError) -> [String] {
    var result: [String] = []
    var pending = [""]
    while let prefix = pending.popLast() {
      for name in try names(in: path + "/" + prefix) {
        let relative = prefix.isEmpty ? name : prefix + "/" + name
        var status = stat()
        guard lstat(path + "/" + relative, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR {
          pending.append(relative)
        } else {
          result.append(relative)
        }
      }
    }
    return result.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The folders above the file at `path`, by its own name and by what its links lead to.
  static func foldersAbove(_ path: String) -> [String] {
    var result: [String] = []
    for start in [realpath(path, nil), realpath(parent(of: path) + "/", nil)] {
      guard let start else { continue }
      var folder = String(cString: start)
      free(start)
      while folder != "/", folder != "." {
        result.append(folder)
        folder = parent(of: folder)
      }
    }
    return result + ["/"]
  }

  /// Bytes of disk that the files below `path` take; 0 if it is not there.
  static func allocatedByteCount(below path: String) -> Int {
    guard isFolder(path), let files = try? files(below: path) else { return 0 }
    return files.reduce(0) { sum, name in
      var status = stat()
      guard lstat(path + "/" + name, &status) == 0 else { return sum }
      return sum + Int(status.st_blocks) * 512
    }
  }

  /// Bytes that may still be written below the folder `path`; nil if the system does not say.
  static func freeByteCount(at path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(
      by: Int(status.f_frsize))
    return overflow ? Int.max : bytes
  }
}
