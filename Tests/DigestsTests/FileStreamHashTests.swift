import Tensors
import Testing

@testable import Digests

/// The hash of a file and the leaves of its tensors in one pass, against one pass for each.
@Suite struct FileStreamHashTests {
  /// Hashes `pieces` of the pattern; those marked as tensors are hashed as leaves too.
  private func check(_ pieces: [(byteCount: Int, isTensor: Bool)], _ type: ElementType = .U8) {
    let bytes = pattern(pieces.reduce(0) { $0 + $1.byteCount })
    var hash = FileStreamHash()
    var offset = 0
    bytes.withUnsafeBytes { bytes in
      for piece in pieces {
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + piece.byteCount)])
        if piece.isTensor {
          #expect(
            hash.update(part, leavesOf: type) == TensorDigest.leaves(of: part, elementType: type))
        } else {
          hash.update(part)
        }
        offset += piece.byteCount
      }
    }
    #expect(hash.digest() == SHA256.digest(of: bytes))
  }

  @Test func nothingHasTheDigestOfNothing() { check([]) }

  @Test(arguments: [0, 1, 8, 55, 56, 63, 64, 65, 127], [0, 1, 55, 56, 63, 64, 65, 119, 128, 4096])
  func aTensorBehindAHeaderOfAnyLength(headerByteCount: Int, tensorByteCount: Int) {
    check([(headerByteCount, false), (tensorByteCount, true)])
    check([(headerByteCount, false), (tensorByteCount, true), (7, false), (130, true), (3, false)])
  }

  @Test(arguments: [0, 8, 24, 63]) func tensorsOfSeveralLeaves(headerByteCount: Int) {
    let leaf = TensorDigest.leafByteCount(of: .U8)
    check([(headerByteCount, false), (2 * leaf + 100, true), (leaf, true), (leaf - 1, true)])
  }

  @Test func leavesOfBlocks() {
    let leaf = TensorDigest.leafByteCount(of: .Q8_0)
    check([(33, false), (leaf + 34, true), (34, true)], .Q8_0)
  }

  @Test func piecesOfEveryLengthUpTo200() {
    check((0...200).map { ($0, $0 % 3 == 0) })
  }

  @Test func aCopyGoesItsOwnWay() {
    var first = FileStreamHash()
    Array("ab".utf8).withUnsafeBytes { first.update($0) }
    var second = first
    Array("x".utf8).withUnsafeBytes { second.update($0) }
    Array("c".utf8).withUnsafeBytes { first.update($0) }
    #expect(first.digest() == SHA256.digest(of: Array("abc".utf8)))
    #expect(second.digest() == SHA256.digest(of: Array("abx".utf8)))
  }
}
