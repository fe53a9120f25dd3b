internal import CLinux
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that is written at known offsets by several threads, then made durable.
final class OutputFile: Sendable {
  let path: String
  let byteCount: Int
  private let descriptor: Int32

  /// Opens `path`, new or left by an interrupted run, with room for `byteCount` bytes.
  /// Throws `io` (`disk-full`) before anything is written if the room is not there.
  init(path: String, byteCount: Int) throws(ModelError) {
    self.path = path
    self.byteCount = byteCount
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw ModelError.system("cannot create", path) }
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
      throw ModelError.system("cannot set the size of", path)
    }
    #if os(Linux)
      let status = byteCount > 0 ? ingot_reserve(descriptor, Int64(byteCount)) : 0
      guard status == 0 || status == EOPNOTSUPP || status == ENOSYS else {
        throw ModelError.system("cannot reserve \(byteCount) bytes for", path, errno: status)
      }
    #endif
  }

  deinit { close(descriptor) }

  /// Writes all of `bytes` at `offset`. Safe to call from several threads on disjoint ranges.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ModelError) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw ModelError.system("cannot write", path).at(offset: UInt64(offset + done))
      }
    }
    #if os(Linux)
      // Starts writing back now, so that the last fsync has little left to wait for.
      // Only a hint: what it cannot start, fsync does.
      _ = ingot_start_writeback(descriptor, Int64(offset), Int64(bytes.count))
    #endif
  }

  /// Fills `destination` from `offset`; false if the file ends before.
  func read(into destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(ModelError)
    -> Bool
  {
    var done = 0
    while done < destination.count {
      let count = pread(
        descriptor, destination.baseAddress! + done, destination.count - done,
        off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        return false
      } else if errno != EINTR {
        throw ModelError.system("cannot read", path).at(offset: UInt64(offset + done))
      }
    }
    return true
  }

  /// Checks the size and forces everything to the disk. A failed fsync is final: the system may
  /// have dropped the pages, so trying again would report success for lost bytes.
  func finish() throws(ModelError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw ModelError.system("cannot examine", path) }
    guard Int(status.st_size) == byteCount else {
      throw ModelError(
        .io, "output-size", "\(status.st_size) bytes were written of \(byteCount)", file: path)
    }
    guard fsync(descriptor) == 0 else { throw ModelError.system("cannot make durable", path) }
  }
}
