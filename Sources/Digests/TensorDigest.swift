public import Tensors

/// The identity of a tensor: a digest of element type, shape and bytes that does not depend on the
/// container, computed as a tree so that parts can be hashed in any order and on any thread.
///
/// A leaf is 2^18 elements (the last one may be shorter). With `|` for concatenation:
///
///     leaf(i) = SHA-256(bytes of elements i·2^18 ..< (i+1)·2^18)
///     digest  = SHA-256("ingot tensor 1\n" | element type | "\n" | shape | "\n" | leaf(0) | leaf(1) | …)
///
/// where the element type is its name in UTF-8 and the shape is decimal extents, slowest first,
/// joined by commas. A tensor without elements has no leaf. Every block size divides 2^18, so a
/// leaf is always whole blocks. Formats/Manifest/FORMAT.md has an independent implementation.
public enum TensorDigest {
  /// Elements in one leaf, except the last.
  public static let leafElementCount = 1 << 18

  /// Bytes of one full leaf of `elementType`; a multiple of 64.
  public static func leafByteCount(of elementType: ElementType) -> Int {
    leafElementCount / elementType.blockElementCount * elementType.blockByteCount
  }

  /// The digests of the leaves in `bytes`, which begins at a leaf boundary.
  /// O(bytes); two leaves at a time where the CPU has the SHA extensions.
  public static func leaves(
    of bytes: UnsafeRawBufferPointer, elementType: ElementType
  ) -> [Digest] {
    let leafByteCount = leafByteCount(of: elementType)
    var result: [Digest] = []
    var offset = 0
    #if arch(x86_64)
      while TwoLaneSHA256.isAvailable, bytes.count - offset >= 2 * leafByteCount {
        let pair = TwoLaneSHA256.digests(
          of: UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + leafByteCount)]),
          and: UnsafeRawBufferPointer(
            rebasing: bytes[(offset + leafByteCount)..<(offset + 2 * leafByteCount)]))
        result.append(pair.0)
        result.append(pair.1)
        offset += 2 * leafByteCount
      }
    #endif
    while offset < bytes.count {
      let end = min(offset + leafByteCount, bytes.count)
      result.append(SHA256.digest(of: UnsafeRawBufferPointer(rebasing: bytes[offset..<end])))
      offset = end
    }
    return result
  }

  /// The digest of a tensor whose leaves are known.
  public static func digest(
    elementType: ElementType, shape: Shape, leaves: some Sequence<Digest>
  ) -> Digest {
    var hash = SHA256()
    let extents = shape.dimensions.map(String.init).joined(separator: ",")
    hash.update(Array("ingot tensor 1\n\(elementType.rawValue)\n\(extents)\n".utf8))
    for leaf in leaves { hash.update(leaf.bytes) }
    return hash.digest()
  }
}
