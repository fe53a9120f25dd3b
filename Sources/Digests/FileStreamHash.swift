public import Tensors

/// The SHA-256 of a file that is written piece by piece, where the pieces of tensors are hashed as
/// leaves at the same time: two messages over the same bytes take hardly longer than one.
///
/// Equal to `SHA256` of the whole file and `TensorDigest.leaves` of the pieces, bit for bit. On a
/// CPU without the SHA extensions it is just those two. A value: a copy goes its own way.
public struct FileStreamHash: Sendable {
  #if arch(x86_64)
    private var lane = TwoLaneSHA256.Lane()
    /// The bytes since the last whole block, fewer than 64.
    private var rest: [UInt8] = []
  #endif
  private var plain = SHA256()

  /// Creates a hash of nothing so far.
  public init() {}

  /// Adds `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    #if arch(x86_64)
      guard TwoLaneSHA256.isAvailable else { return plain.update(bytes) }
      let start = completeBlock(with: bytes)
      let bulk = (bytes.count - start) & ~63
      TwoLaneSHA256.compress(
        &lane, UnsafeRawBufferPointer(rebasing: bytes[start..<(start + bulk)]))
      rest += bytes[(start + bulk)...]
    #else
      plain.update(bytes)
    #endif
  }

  /// Adds `bytes`, which begin at a leaf boundary of a tensor, and returns their leaves.
  public mutating func update(
    _ bytes: UnsafeRawBufferPointer, leavesOf elementType: ElementType
  ) -> [Digest] {
    #if arch(x86_64)
      if TwoLaneSHA256.isAvailable {
        let leafByteCount = TensorDigest.leafByteCount(of: elementType)
        return stride(from: 0, to: bytes.count, by: leafByteCount).map { offset in
          update(
            leaf: UnsafeRawBufferPointer(
              rebasing: bytes[offset..<min(offset + leafByteCount, bytes.count)]))
        }
      }
    #endif
    plain.update(bytes)
    return TensorDigest.leaves(of: bytes, elementType: elementType)
  }

  /// The digest of everything added so far.
  public func digest() -> Digest {
    #if arch(x86_64)
      if TwoLaneSHA256.isAvailable { return lane.digest(endingWith: rest) }
    #endif
    return plain.digest()
  }

  #if arch(x86_64)
    /// One leaf into both lanes: the file's, which may be in the middle of a block, and the leaf's.
    private mutating func update(leaf bytes: UnsafeRawBufferPointer) -> Digest {
      var leaf = TwoLaneSHA256.Lane()
      let start = completeBlock(with: bytes)
      let bulk = (bytes.count - start) & ~63
      TwoLaneSHA256.compress(
        &lane, UnsafeRawBufferPointer(rebasing: bytes[start..<(start + bulk)]), &leaf,
        UnsafeRawBufferPointer(rebasing: bytes[..<bulk]))
      rest += bytes[(start + bulk)...]
      // The leaf's lane lacks up to one block that the file's lane took as its completion.
      let whole = bytes.count & ~63
      TwoLaneSHA256.compress(&leaf, UnsafeRawBufferPointer(rebasing: bytes[bulk..<whole]))
      return leaf.digest(endingWith: bytes[whole...])
    }

    /// Fills the unfinished block from the start of `bytes`; returns how many bytes it took.
    private mutating func completeBlock(with bytes: UnsafeRawBufferPointer) -> Int {
      guard !rest.isEmpty else { return 0 }
      let count = min(64 - rest.count, bytes.count)
      rest += bytes[..<count]
      if rest.count == 64 {
        rest.withUnsafeBytes { TwoLaneSHA256.compress(&lane, $0) }
        rest.removeAll(keepingCapacity: true)
      }
      return count
    }
  #endif
}
