import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder inside the repo's own in which everything is made before it gets its final name:
/// `.staging-<8 hex digits>`. Readers of the layout do not look at it.
struct StagingFolder: ~Copyable {
  /// The folder.
  let path: String
  private let lock: FolderLock

  private init(path: String, lock: consuming FolderLock) {
    self.path = path
    self.lock = lock
  }

  /// Makes a new staging folder and locks it.
  static func make(in folder: RepoFolder) throws(ModelError) -> StagingFolder {
    var path = ""
    repeat {
      path = folder.path + "/" + Self.prefix + Self.randomHex()
    } while try !Self.makeNew(path)
    do throws(ModelError) {
      return StagingFolder(path: path, lock: try FolderLock(ifFree: path))
    } catch {
      try? Folder.removeTree(path)
      throw error
    }
  }

  /// Writes down whose the folder is, and finds out whether the file system has symbolic links:
  /// before gigabytes are copied, not after. Throws `unsupported` (`symbolic-links-unsupported`).
  func sign() throws(ModelError) {
    try File.write(Array(Self.owner.utf8), to: path + "/owner")
    try SymbolicLink.create(path + "/probe", target: "owner")
  }

  /// Removes staging folders that a process left when it died: older than `start` (seconds since
  /// 1970), not locked, and of a process that is gone. Returns how many.
  static func removeStale(in folder: RepoFolder, olderThan start: Int) throws(ModelError) -> Int {
    var count = 0
    for entry in try Folder.entries(folder.path)
    where entry.kind == .folder && entry.name.hasPrefix(prefix) {
      let path = folder.path + "/" + entry.name
      guard let status = try EntryStatus.of(path), status.modificationSecond <= start,
        try isAbandoned(path, age: start - status.modificationSecond)
      else { continue }
      try Folder.removeTree(path)
      count += 1
    }
    return count
  }

  /// Whether nobody works in the folder. The lock alone does not tell where locks are not honoured,
  /// and the process alone does not tell across machines; so both are asked.
  private static func isAbandoned(_ path: String, age: Int) throws(ModelError) -> Bool {
    do throws(ModelError) {
      _ = try FolderLock(ifFree: path)
    } catch {
      if error.reason == "locked" || error.code == .notFound { return false }
      throw error
    }
    // A folder without an owner is one whose maker died, or is just about to write it down.
    guard let bytes = try? File.read(path + "/owner", limit: 4096) else { return age > 60 }
    let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard words.count == 2, let process = Int32(words[1]), process > 0 else { return age > 60 }
    guard words[0] == hostName else { return age > 86_400 }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  private static let prefix = ".staging-"

  private static func makeNew(_ path: String) throws(ModelError) -> Bool {
    if mkdir(path, 0o777) == 0 { return true }
    guard errno == EEXIST else { throw ModelError.system("cannot make the folder", path) }
    return false
  }

  private static func randomHex() -> String {
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static var owner: String { "\(hostName)\n\(getpid())\n" }

  private static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    let status = gethostname(&buffer, buffer.count - 1)
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return status == 0 ? String(decoding: bytes, as: UTF8.self) : "unknown"
  }
}
