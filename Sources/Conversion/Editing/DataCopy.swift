internal import CLinux
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A new file that takes over runs of bytes of another one, by sharing extents where the filesystem
/// can, and by a copy within the kernel otherwise.
final class DataCopy {
  /// Bytes whose extents are shared.
  private(set) var clonedByteCount = 0
  /// Bytes that were copied.
  private(set) var copiedByteCount = 0
  private let path: String
  private let source: FileByteSource
  private let descriptor: Int32
  private let byteCount: Int
  private let blockByteCount: Int
  private var canClone = true
  private var canCopyInKernel = true

  /// Creates `path`, which must not exist, with the permissions of `source`, and its owner where that is allowed.
  init(path: String, byteCount: Int, from source: FileByteSource) throws(ModelError) {
    self.path = path
    self.source = source
    self.byteCount = byteCount
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_EXCL | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw ModelError.system("cannot create", path) }
    var status = stat()
    guard fstat(source.descriptor, &status) == 0 else {
      throw ModelError.system("cannot examine", source.name)
    }
    blockByteCount = max(1, Int(status.st_blksize))
    // Where this user may not give files away, the new one is this user's; modes are set last, because
    // a change of owner takes some of them away.
    _ = fchown(descriptor, status.st_uid, status.st_gid)
    guard fchmod(descriptor, status.st_mode & 0o7777) == 0,
      ftruncate(descriptor, off_t(byteCount)) == 0
    else { throw ModelError.system("cannot set mode and size of", path) }
  }

  deinit { close(descriptor) }

  /// Takes over `run`. `isCancelled` is asked between pieces. Throws `io`, `cancelled`.
  func take(_ run: MetadataRewrite.Run, isCancelled: () -> Bool) throws(ModelError) {
    let distance = run.offset - run.sourceOffset
    var start = run.offset
    let end = run.offset + run.byteCount
    // Extents are whole blocks, but for the last one of a file.
    let first = (start + blockByteCount - 1) / blockByteCount * blockByteCount
    let isBothsEnd = end == byteCount && end - distance == source.byteCount
    let last = isBothsEnd ? end : end / blockByteCount * blockByteCount
    if canClone, distance % blockByteCount == 0, first < last,
      try clone(first, from: first - distance, byteCount: last - first)
    {
      try copy(start, from: start - distance, byteCount: first - start, isCancelled)
      start = last
    }
    try copy(start, from: start - distance, byteCount: end - start, isCancelled)
  }

  private func clone(_ offset: Int, from sourceOffset: Int, byteCount: Int) throws(ModelError)
    -> Bool
  {
    #if os(Linux)
      let status = ingot_clone_range(
        descriptor, Int64(offset), source.descriptor, Int64(sourceOffset), Int64(byteCount))
      if status == 0 {
        clonedByteCount += byteCount
        return true
      }
      guard status != ENOSPC, status != EDQUOT, status != EIO else {
        throw ModelError.system("cannot share extents with", path, errno: status)
      }
    #endif
    canClone = false
    return false
  }

  private func copy(
    _ offset: Int, from sourceOffset: Int, byteCount: Int, _ isCancelled: () -> Bool
  ) throws(ModelError) {
    var done = 0
    while done < byteCount {
      if isCancelled() { throw ModelError(.cancelled, "interrupted", "stopped by the user") }
      let count = min(byteCount - done, 64 << 20)
      if canCopyInKernel,
        let copied = try copyInKernel(offset + done, from: sourceOffset + done, byteCount: count)
      {
        done += copied
      } else {
        canCopyInKernel = false
        let bytes = try source.bytes(at: sourceOffset + done, byteCount: min(count, 4 << 20))
        try write(bytes, at: offset + done)
        done += bytes.count
      }
    }
    copiedByteCount += byteCount
  }

  /// Nil where the kernel cannot.
  private func copyInKernel(_ offset: Int, from sourceOffset: Int, byteCount: Int)
    throws(ModelError) -> Int?
  {
    #if os(Linux)
      var copied: Int64 = 0
      let status = ingot_copy_range(
        descriptor, Int64(offset), source.descriptor, Int64(sourceOffset), Int64(byteCount),
        &copied)
      switch status {
      case 0 where copied > 0: return Int(copied)
      case EINTR: return 0
      case ENOSPC, EDQUOT, EIO, EFBIG:
        throw ModelError.system("cannot write", path, errno: status)
      // Nothing was taken: the end of the file came early, which reading tells from all else.
      default: return nil
      }
    #else
      return nil
    #endif
  }

  /// Writes `bytes` at `offset`.
  func write(_ bytes: [UInt8], at offset: Int) throws(ModelError) {
    try DataCopy.write(bytes, at: offset, to: descriptor, path)
  }

  /// Writes those of `segments` that are not there yet: padding that was taken over with the weights
  /// mostly is, and a write would part shared extents.
  func write(_ segments: [ContainerLayout.Segment]) throws(ModelError) {
    let written = try FileByteSource(path: path)
    for segment in try MetadataRewrite.differing(segments, from: written) {
      try write(segment.bytes, at: segment.offset)
    }
  }

  /// Forces everything to the disk.
  func finish() throws(ModelError) {
    guard fsync(descriptor) == 0 else { throw ModelError.system("cannot make durable", path) }
  }

  /// Writes `bytes` at `offset` of an open file.
  static func write(_ bytes: [UInt8], at offset: Int, to descriptor: Int32, _ path: String)
    throws(ModelError)
  {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map {
          pwrite(descriptor, $0 + done, bytes.count - done, off_t(offset + done))
        } ?? -1
      }
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw ModelError.system("cannot write", path).at(offset: UInt64(offset + done))
      }
    }
  }
}
