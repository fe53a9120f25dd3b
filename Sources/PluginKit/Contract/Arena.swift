internal import CIngotPlugin

/// Memory for the structures of the C contract: their addresses stay until the arena goes.
final class Arena {
  private var chunks: [UnsafeMutableRawPointer] = []
  private var free: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)

  deinit { for chunk in chunks { chunk.deallocate() } }

  /// `byteCount` bytes, aligned for any structure of the contract.
  func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let rounded = (byteCount + 15) & ~15
    if rounded > free.count {
      // Large requests get a chunk of their own, so that the rest of the current one is not lost.
      let size = 64 << 10
      let chunk = UnsafeMutableRawPointer.allocate(
        byteCount: max(size, rounded), alignment: 16)
      chunks.append(chunk)
      if rounded > size / 4 { return chunk }
      free = UnsafeMutableRawBufferPointer(start: chunk, count: size)
    }
    guard let start = free.baseAddress else { return allocate(byteCount: max(1, byteCount)) }
    free = UnsafeMutableRawBufferPointer(rebasing: free[rounded...])
    return start
  }

  /// A copy of `elements`, nil if there are none. They are C values that own nothing; the type
  /// cannot say so, because C structures with unions are not `BitwiseCopyable`.
  func copy<Element>(_ elements: [Element]) -> UnsafePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    return elements.withUnsafeBytes { bytes in
      let place = allocate(byteCount: bytes.count)
      if let source = bytes.baseAddress {
        place.copyMemory(from: source, byteCount: bytes.count)
      }
      return UnsafePointer(place.assumingMemoryBound(to: Element.self))
    }
  }

  /// A copy of `text` in UTF-8.
  func copy(_ text: String) -> ingot_string {
    var text = text
    return text.withUTF8 { utf8 in
      guard let source = utf8.baseAddress, !utf8.isEmpty else { return ingot_string() }
      let place = allocate(byteCount: utf8.count)
      place.copyMemory(from: source, byteCount: utf8.count)
      return ingot_string(
        bytes: UnsafePointer(place.assumingMemoryBound(to: CChar.self)),
        byte_count: UInt64(utf8.count))
    }
  }
}
