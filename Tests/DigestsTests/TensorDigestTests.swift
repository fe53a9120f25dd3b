import Tensors
import Testing

@testable import Digests

@Suite struct TensorDigestTests {
  private static let leaf = TensorDigest.leafElementCount

  private func digest(_ type: ElementType, _ dimensions: [Int], _ bytes: [UInt8]) throws -> String {
    let leaves = bytes.withUnsafeBytes { TensorDigest.leaves(of: $0, elementType: type) }
    return TensorDigest.digest(elementType: type, shape: try Shape(dimensions), leaves: leaves).hex
  }

  // The expected values come from Python's hashlib.

  @Test func aSmallTensor() throws {
    #expect(
      try digest(.F32, [2, 3], Array(0..<24))
        == "f75dccad8aaadd37c6d740cd2daa8a24d8c32b2a87dd3461094ecbae8df16479")
  }

  @Test func aScalar() throws {
    #expect(
      try digest(.U8, [], [7])
        == "b2c4bd3e2659fd435a2fecece4b65f1530b23c40a1a80becbfd098ad29aa77a3")
  }

  @Test func aTensorWithoutElementsHasNoLeaf() throws {
    #expect(
      try digest(.F16, [0, 4], [])
        == "3245c0b808ffc54062845eb33d6643940177dcceb8008269165ea01a6e466f97")
  }

  @Test func aTensorOfTwoWholeLeavesAndAShortOne() throws {
    #expect(
      try digest(.U8, [2 * Self.leaf + 5], pattern(2 * Self.leaf + 5))
        == "c75fd5fc3c6a888d0eb227201c73e665cac17f63258f91ddafdf3a80aa456cf6")
  }

  @Test func leavesOfBlocksAreCountedInElements() throws {
    let bytes = (0..<(34 * 8193)).map { UInt8(truncatingIfNeeded: $0 * 13) }
    #expect(
      try digest(.Q8_0, [Self.leaf + 32], bytes)
        == "b002582f1d3ced5174461b297955685bfd7109091745b5adfa51c1eff60ac488")
  }

  @Test func typeAndShapeAreInTheDigest() throws {
    let bytes = [UInt8](repeating: 1, count: 4)
    let digests = try [
      digest(.U8, [4], bytes), digest(.I8, [4], bytes), digest(.U8, [2, 2], bytes),
      digest(.U8, [4, 1], bytes), digest(.F32, [1], bytes), digest(.F32, [], bytes),
    ]
    #expect(Set(digests).count == digests.count)
  }

  @Test(arguments: [1, 2, 3, 4, 5])
  func leavesDoNotDependOnHowBytesAreGrouped(leavesAtATime: Int) {
    let bytes = pattern(5 * Self.leaf + 100)
    let whole = bytes.withUnsafeBytes { TensorDigest.leaves(of: $0, elementType: .U8) }
    var parts: [Tensors.Digest] = []
    bytes.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: leavesAtATime * Self.leaf) {
        let end = min(start + leavesAtATime * Self.leaf, bytes.count)
        parts += TensorDigest.leaves(
          of: UnsafeRawBufferPointer(rebasing: bytes[start..<end]), elementType: .U8)
      }
    }
    #expect(whole.count == 6)
    #expect(parts == whole)
    #expect(whole[0] == SHA256.digest(of: Array(bytes[..<Self.leaf])))
    #expect(whole[5] == SHA256.digest(of: Array(bytes[(5 * Self.leaf)...])))
  }

  @Test(arguments: ElementType.allCases)
  func aLeafIsWholeBlocksAndWholeHashBlocks(type: ElementType) {
    #expect(TensorDigest.leafElementCount % type.blockElementCount == 0)
    #expect(TensorDigest.leafByteCount(of: type) % 64 == 0)
  }
}

@Suite struct FileDigestTests {
  @Test(arguments: [0, 1, 63, 64, 262_143, 262_144, 262_145, 600_000])
  func aSourceIsHashedWhole(byteCount: Int) throws {
    let bytes = pattern(byteCount)
    #expect(try FileDigest.sha256(of: MemoryByteSource(bytes)) == SHA256.digest(of: bytes))
  }

  @Test func aFileThatIsNotThereIsNotFound() {
    #expect(throws: ModelError.self) { try FileDigest.sha256(path: #filePath + ".none") }
  }

  @Test func aFolderIsRefusedWithItsReason() {
    do throws(ModelError) {
      _ = try FileDigest.sha256(path: "/")
      Issue.record("a folder was hashed")
    } catch {
      #expect(error.reason == "not-a-regular-file")
    }
  }

  @Test func thisFileIsHashedFromDisk() throws {
    let source = try FileByteSource(path: #filePath)
    let bytes = try source.bytes(at: 0, byteCount: source.byteCount)
    #expect(try FileDigest.sha256(path: #filePath) == SHA256.digest(of: bytes))
  }
}
