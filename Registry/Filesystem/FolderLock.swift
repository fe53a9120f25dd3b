import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An advisory lock on a folder, held until the value goes.
///
/// It keeps writers from getting in each other's way and is never what correctness rests on: on
/// some network file systems every process gets every lock.
struct FolderLock: ~Copyable {
  /// How a lock goes with others.
  enum Mode { case shared, exclusive }

  private let descriptor: Int32

  /// Waits up to `timeout` seconds for the lock on `path`.
  /// Throws `conflict` (`locked`) after that, `io` if the folder cannot be opened.
  init(_ path: String, _ mode: Mode, timeout: Double) throws(ModelError) {
    let deadline = FolderLock.now() + timeout
    guard let descriptor = try FolderLock.open(path, mode, deadline: deadline) else {
      throw ModelError(
        .conflict, "locked", "another writer has held the lock for \(timeout) s", file: path)
    }
    self.descriptor = descriptor
  }

  /// Takes the lock if it is free at once; throws `conflict` (`locked`) otherwise.
  init(ifFree path: String) throws(ModelError) {
    try self.init(path, .exclusive, timeout: 0)
  }

  private static func open(
    _ path: String, _ mode: Mode, deadline: Double
  ) throws(ModelError) -> Int32? {
    let descriptor = systemOpen(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ModelError.system("cannot open", path) }
    while flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
      // Anything but a lock that is held means that this file system has no locks.
      guard errno == EWOULDBLOCK || errno == EINTR else { break }
      guard FolderLock.now() < deadline else {
        close(descriptor)
        return nil
      }
      usleep(5_000)
    }
    return descriptor
  }

  deinit { close(descriptor) }

  /// Seconds on a clock that does not go back.
  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
