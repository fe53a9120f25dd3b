internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The moments of a change of metadata at which a debug build can be killed, in order.
public enum MetadataEditStep: String, Sendable, CaseIterable {
  /// The staging folder exists.
  case staged = "edit.staged"
  /// Everything new is staged and durable; from here on the change is finished by whoever comes next.
  case sealed = "edit.sealed"
  /// No manifest stands beside the file.
  case oldManifestRemoved = "edit.old-manifest-removed"
  /// The file is the new one.
  case fileChanged = "edit.file-changed"
  /// One of the new manifests and checksum lists has its name.
  case manifestNamed = "edit.manifest-named"
}

/// A change that is prepared beside a file and then carried out: `.NAME.ingot-edit/` with `content/`
/// and, once all of it is durable, `sealed`. A crash before the seal changes nothing; after it the
/// next edit of the file finishes what was begun, as often as it takes.
final class EditStaging {
  typealias OnStep = (MetadataEditStep) throws(ModelError) -> Void

  let path: String
  var contentPath: String { path + "/content" }
  private var sealPath: String { path + "/sealed" }
  private let file: String
  private let descriptor: Int32

  private static func path(for file: String) -> String {
    FileSystem.parent(of: file) + "/." + FileSystem.name(of: file) + ".ingot-edit"
  }

  /// Whether a change of `file` was begun and not finished.
  static func exists(for file: String) -> Bool { FileSystem.exists(path(for: file)) }

  /// Makes or finds the folder and takes it for this process alone.
  ///
  /// Throws `conflict` (`edit-running`) if another process has it.
  init(for file: String) throws(ModelError) {
    self.file = file
    path = EditStaging.path(for: file)
    try FileSystem.makeFolder(path)
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw ModelError.system("cannot open the folder", path) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      throw errno == EWOULDBLOCK
        ? EditStaging.conflict(file)
        : ModelError.system("cannot lock; choose a filesystem with locks", path)
    }
    // The one who had the lock removes the folder at its end.
    var own = stat()
    var named = stat()
    guard fstat(descriptor, &own) == 0, lstat(path, &named) == 0, own.st_ino == named.st_ino else {
      throw EditStaging.conflict(file)
    }
  }

  deinit { close(descriptor) }

  private static func conflict(_ file: String) -> ModelError {
    ModelError(
      .conflict, "edit-running", "another process is changing this file's metadata", file: file)
  }

  /// Removes what an unsealed change left, and makes an empty `content`.
  func begin() throws(ModelError) {
    try FileSystem.remove(sealPath)
    try FileSystem.remove(contentPath)
    try FileSystem.makeFolder(contentPath)
  }

  /// Makes the content durable and notes that it is whole. `source` is the file as it was.
  func seal(source: FileIdentity, names: [String], patchOffsets: [Int]?) throws(ModelError) {
    let new = FileIdentity.of(path: contentPath + "/" + FileSystem.name(of: file))
    let json = JSONValue.object([
      "old": EditStaging.json(source), "new": new.map(EditStaging.json) ?? .null,
      "names": .array(names.map { .string($0) }),
      "patchOffsets": patchOffsets.map { .array($0.map { .integer($0) }) } ?? .null,
    ])
    try FileSystem.syncFolder(contentPath)
    // A seal has its name when it is whole.
    try FileSystem.write(json.canonicalText, to: sealPath + ".new")
    try FileSystem.rename(sealPath + ".new", to: sealPath)
    try FileSystem.syncFolder(path)
    try FileSystem.syncFolder(FileSystem.parent(of: file))
  }

  /// Carries out a sealed change, from wherever it was left, and removes the staging folder. False if
  /// there is none, or if the file has been replaced since: then nothing changes.
  func carryOut(onStep: OnStep) throws(ModelError) -> Bool {
    guard FileSystem.exists(sealPath) else { return false }
    let source = try FileByteSource(path: sealPath)
    let seal = try JSONValue.parse(source.bytes(at: 0, byteCount: source.byteCount))
    let name = FileSystem.name(of: file)
    let folder = FileSystem.parent(of: file)
    guard let names = seal["names"]?.array?.compactMap(\.string),
      isStill(seal, isStaged: FileSystem.exists(contentPath + "/" + name))
    else { return false }
    let staged = names.filter { FileSystem.exists(contentPath + "/" + $0) }
    for other in staged where other != name { try FileSystem.remove(folder + "/" + other) }
    if staged.contains(where: { $0 != name }) { try FileSystem.syncFolder(folder) }
    try onStep(.oldManifestRemoved)
    if let offsets = seal["patchOffsets"]?.array?.compactMap(\.integer) {
      try patch(offsets)
    } else if staged.contains(name) {
      try FileSystem.rename(contentPath + "/" + name, to: file)
    }
    try onStep(.fileChanged)
    for other in staged where other != name {
      try FileSystem.rename(contentPath + "/" + other, to: folder + "/" + other)
      try onStep(.manifestNamed)
    }
    try FileSystem.syncFolder(folder)
    try FileSystem.remove(path)
    return true
  }

  /// Removes everything that is staged.
  func discard() throws(ModelError) { try FileSystem.remove(path) }

  /// The name under which the bytes for `offset` are staged.
  static func patchName(_ offset: Int) -> String { "patch-\(offset)" }

  private func patch(_ offsets: [Int]) throws(ModelError) {
    let descriptor = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw ModelError.system("cannot open for writing", file) }
    defer { close(descriptor) }
    for offset in offsets {
      let source = try FileByteSource(path: contentPath + "/" + EditStaging.patchName(offset))
      try DataCopy.write(
        source.bytes(at: 0, byteCount: source.byteCount), at: offset, to: descriptor, file)
    }
    guard fsync(descriptor) == 0 else { throw ModelError.system("cannot make durable", file) }
  }

  /// Whether the file is the one that the change was made for, or already the new one.
  private func isStill(_ seal: JSONValue, isStaged: Bool) -> Bool {
    guard let current = FileIdentity.of(path: file) else { return false }
    if seal["patchOffsets"]?.array != nil {
      let old = seal["old"]
      return old?["device"] == .number("\(current.device)")
        && old?["inode"] == .number("\(current.inode)")
        && old?["byteCount"] == .integer(current.byteCount)
    }
    return seal[isStaged ? "old" : "new"] == EditStaging.json(current)
  }

  private static func json(_ identity: FileIdentity) -> JSONValue {
    .object([
      "device": .number("\(identity.device)"), "inode": .number("\(identity.inode)"),
      "byteCount": .integer(identity.byteCount),
      "modificationTime": .number("\(identity.modificationTime)"),
    ])
  }
}
