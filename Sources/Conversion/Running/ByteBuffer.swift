/// Memory that is allocated once and used again: the first touch of a page is slow.
///
/// Unchecked because it is handed from thread to thread: whoever holds it is alone with it.
final class ByteBuffer: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    // 64: a cache line, and the widest vector register.
    bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
  }

  deinit { bytes.deallocate() }

  /// The first `byteCount` bytes.
  func prefix(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount])
  }
}
