internal import Tensors

/// Room for one reading thread that grows to what is asked for and is used again.
final class ScratchBytes {
  private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { storage.deallocate() }

  /// Room for `count` bytes; what was there before is lost.
  func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if storage.count < count {
      storage.deallocate()
      storage = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: storage[..<count])
  }

  /// An array of `count` numbers that `fill` makes.
  func floats(
    _ count: Int, _ fill: (UnsafeMutableBufferPointer<Float>) throws(ModelError) -> Void
  ) throws(ModelError) -> [Float] {
    var failure: ModelError?
    let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      let room = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      room.initialize(repeating: 0)
      initialized = count
      do throws(ModelError) { try fill(room) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }
}
