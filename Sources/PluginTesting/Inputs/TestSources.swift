internal import Synchronization
internal import Tensors

/// The first bytes of a file, without a copy.
struct PrefixSource: ByteSource {
  let whole: MemoryByteSource
  let byteCount: Int
  var name: String { whole.name }

  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    try checkRange(offset: offset, byteCount: destination.count)
    try whole.read(into: destination, at: offset)
  }
}

/// A file whose n-th read fails.
final class FaultySource: ByteSource {
  static let reason = "injected-fault"
  private let whole: MemoryByteSource
  private let readsLeft: Mutex<Int>

  init(_ whole: MemoryByteSource, failingRead: Int) {
    self.whole = whole
    readsLeft = Mutex(failingRead)
  }

  var name: String { whole.name }
  var byteCount: Int { whole.byteCount }

  /// Whether the read that was to fail has come.
  var hasFailed: Bool { readsLeft.withLock { $0 <= 0 } }

  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    let left = readsLeft.withLock { count in
      count -= 1
      return count
    }
    guard left > 0 else {
      throw ModelError(.io, FaultySource.reason, "this read was made to fail")
    }
    try whole.read(into: destination, at: offset)
  }
}

/// A file as a layout describes it, with zeros for weights: of any size, without taking memory.
struct LaidOutSource: ByteSource {
  let layout: ContainerLayout
  let name = "laid out"
  var byteCount: Int { layout.byteCount }

  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    try checkRange(offset: offset, byteCount: destination.count)
    destination.initializeMemory(as: UInt8.self, repeating: 0)
    let wanted = offset..<(offset + destination.count)
    for segment in layout.segments {
      let common = wanted.clamped(to: segment.offset..<(segment.offset + segment.bytes.count))
      for position in common {
        destination[position - offset] = segment.bytes[position - segment.offset]
      }
    }
  }
}
