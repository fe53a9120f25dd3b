import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Regular files: writing durably, reading what is small, renaming.
enum File {
  /// Writes `bytes` to `path`, which must not exist, and makes the content durable.
  /// Throws `io`; the caller removes what is left of `path` then.
  static func write(_ bytes: [UInt8], to path: String) throws(ModelError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw ModelError.system("cannot create", path) }
    var failure: ModelError?
    bytes.withUnsafeBytes { raw in
      do throws(ModelError) {
        try append(raw, to: descriptor, path)
        guard fsync(descriptor) == 0 else { throw ModelError.system("cannot make durable", path) }
      } catch {
        failure = error
      }
    }
    guard close(descriptor) == 0 || failure != nil else {
      throw ModelError.system("cannot close", path)
    }
    if let failure { throw failure }
  }

  /// Appends all of `bytes`, in as many writes as the system needs.
  static func append(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(ModelError) {
    var rest = bytes
    while let base = rest.baseAddress, rest.count > 0 {
      let count = systemWrite(descriptor, base, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if count == 0 || errno != EINTR {
        throw ModelError.system("cannot write", path)
      }
    }
  }

  /// All of a small file. Throws `limitExceeded` (`file-too-large`) above `limit` bytes,
  /// `malformed` (`not-a-regular-file`), `notFound`, `io`.
  static func read(_ path: String, limit: Int) throws(ModelError) -> [UInt8] {
    let source = try FileByteSource(path: path)
    guard source.byteCount <= limit else {
      throw ModelError(
        .limitExceeded, "file-too-large", "\(source.byteCount) bytes; the bound is \(limit)",
        file: path)
    }
    return try source.bytes(at: 0, byteCount: source.byteCount)
  }

  /// Makes what was written to the file at `path` durable.
  static func sync(_ path: String) throws(ModelError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw ModelError.system("cannot open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw ModelError.system("cannot make durable", path) }
  }

  /// Gives the file at `path` the permissions of a blob: everyone reads, nobody writes.
  static func protect(_ path: String) throws(ModelError) {
    guard chmod(path, 0o444) == 0 else { throw ModelError.system("cannot protect", path) }
  }

  /// Renames within one file system; what has the name `target` is replaced at once.
  static func move(_ path: String, to target: String) throws(ModelError) {
    guard rename(path, target) == 0 else {
      throw ModelError.system("cannot rename \(path) to", target)
    }
  }

  /// Gives the file the name `target` and takes its name `path` away, unless `target` exists:
  /// then returns false and changes nothing.
  static func moveWithoutReplacing(
    _ path: String, to target: String
  ) throws(ModelError) -> Bool {
    if link(path, target) == 0 {
      try remove(path)
      return true
    }
    switch errno {
    case EEXIST: return false
    case EPERM, EOPNOTSUPP, ENOTSUP, ENOSYS, EMLINK:
      // No hard links here. Between this look and the rename another writer can put the same
      // content there, which the rename replaces by equal bytes.
      if try EntryStatus.of(target) != nil { return false }
      try move(path, to: target)
      return true
    default: throw ModelError.system("cannot name the file", target)
    }
  }

  /// Removes the name `path`; that it is already gone is no error.
  static func remove(_ path: String) throws(ModelError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw ModelError.system("cannot remove", path)
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
