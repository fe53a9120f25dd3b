#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What tells one file from another, and the same file from its later self.
public struct FileIdentity: Sendable, Hashable {
  /// The device, `st_dev`.
  public var device: UInt64
  /// The file's number on the device, `st_ino`.
  public var inode: UInt64
  /// Bytes.
  public var byteCount: Int
  /// The time of the last change to the content, in nanoseconds since 1970.
  public var modificationTime: Int64

  /// Whether both name the same file, by device and inode.
  public func isSameFile(as other: FileIdentity) -> Bool {
    device == other.device && inode == other.inode
  }

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    byteCount = Int(status.st_size)
    modificationTime =
      Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
  }

  /// The identity of the file at `path`, links followed; nil if there is none.
  public static func of(path: String) -> FileIdentity? {
    var status = stat()
    return stat(path, &status) == 0 ? FileIdentity(status) : nil
  }
}

/// A regular file, read with `pread`: a file that shrinks under a reader is an error, not a SIGBUS.
public final class FileByteSource: ByteSource {
  /// The path, as given.
  public let name: String
  /// The identity when the file was opened.
  public let identity: FileIdentity
  /// The open descriptor, for hints to the system; owned by this object.
  public let descriptor: Int32

  /// Opens `path` for reading.
  ///
  /// Throws `notFound` (`no-such-file`); `malformed` (`not-a-regular-file`) for a folder, FIFO,
  /// socket or device, without blocking; `io` otherwise.
  public init(path: String) throws(ModelError) {
    // O_NONBLOCK keeps a FIFO without a writer from blocking the open; it means nothing later.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw ModelError.system("cannot open", path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = ModelError.system("cannot examine", path)
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ModelError(.malformed, "not-a-regular-file", "not a regular file", file: path)
    }
    self.name = path
    self.descriptor = descriptor
    self.identity = FileIdentity(status)
  }

  deinit { close(descriptor) }

  /// Bytes when the file was opened.
  public var byteCount: Int { identity.byteCount }

  /// Fills `destination` from `offset`, in as many reads as the system needs.
  /// Throws `malformed` (`read-past-end`), `io` (`file-changed`) if the file has shrunk since.
  public func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    try checkRange(offset: offset, byteCount: destination.count)
    var done = 0
    while done < destination.count {
      let count = pread(
        descriptor, destination.baseAddress! + done, destination.count - done,
        off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw ModelError(
          .io, "file-changed",
          "the file shrank while it was read: it ends at \(offset + done), "
            + "and had \(byteCount) bytes", file: name, offset: UInt64(offset + done))
      } else if errno != EINTR {
        throw ModelError.system("cannot read", name).at(offset: UInt64(offset + done))
      }
    }
  }

  /// Throws `io` (`file-changed`) if size, time or inode differ from when the file was opened.
  public func checkUnchanged() throws(ModelError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw ModelError.system("cannot examine", name)
    }
    guard FileIdentity(status) == identity else {
      throw ModelError(.io, "file-changed", "the file changed while it was read", file: name)
    }
  }
}
