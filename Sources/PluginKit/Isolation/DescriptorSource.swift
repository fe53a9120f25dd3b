internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file by an inherited descriptor: the isolated process is given the one file it may read, and
/// no path.
struct DescriptorSource: ByteSource {
  let name = "the file"
  let byteCount: Int
  private let descriptor: Int32

  /// Throws `io`; `malformed` (`not-a-regular-file`).
  init(descriptor: Int32) throws(ModelError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw ModelError.system("cannot examine", "the file")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ModelError(.malformed, "not-a-regular-file", "not a regular file")
    }
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    try checkRange(offset: offset, byteCount: destination.count)
    var done = 0
    while done < destination.count {
      let count = pread(
        descriptor, destination.baseAddress.map { $0 + done }, destination.count - done,
        off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw ModelError(
          .io, "file-changed", "the file shrank while it was read", offset: UInt64(offset + done))
      } else if errno != EINTR {
        throw ModelError.system("cannot read", name).at(offset: UInt64(offset + done))
      }
    }
  }
}
