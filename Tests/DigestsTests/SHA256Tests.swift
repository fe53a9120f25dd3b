import Tensors
import Testing

@testable import Digests

/// `count` bytes that do not repeat soon: `7·i + i / 256`.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + ($0 >> 8)) }
}

@Suite struct SHA256Tests {
  /// FIPS 180-4 examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownVectors(text: String, hex: String) {
    #expect(SHA256.digest(of: Array(text.utf8)).hex == hex)
  }

  @Test func aMillionTimesA() {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(
      SHA256.digest(of: bytes).hex
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test(arguments: [1, 3, 63, 64, 65, 1000])
  func piecesDoNotMatter(pieceCount: Int) {
    let bytes = pattern(5000)
    var hash = SHA256()
    for start in stride(from: 0, to: bytes.count, by: pieceCount) {
      hash.update(Array(bytes[start..<min(start + pieceCount, bytes.count)]))
    }
    #expect(hash.digest() == SHA256.digest(of: bytes))
  }

  @Test func aCopyGoesItsOwnWay() {
    var first = SHA256()
    first.update(Array("ab".utf8))
    var second = first
    second.update(Array("x".utf8))
    first.update(Array("c".utf8))
    #expect(first.digest() == SHA256.digest(of: Array("abc".utf8)))
    #expect(second.digest() == SHA256.digest(of: Array("abx".utf8)))
  }

  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("blob 0\u{0}", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
  ])
  func knownVectorsOfSHA1(text: String, hex: String) {
    var hash = SHA1()
    hash.update(Array(text.utf8))
    #expect(lowercaseHex(hash.digest()) == hex)
  }
}

#if arch(x86_64)
  @Suite struct TwoLaneSHA256Tests {
    @Test(
      .enabled(if: TwoLaneSHA256.isAvailable, "the processor has no SHA extensions"),
      arguments: [0, 1, 2, 3, 7, 8, 63, 64, 65, 544, 4096])
    func twoLanesAreEqualToOne(blockCount: Int) {
      let a = pattern(blockCount * 64)
      let b = Array(a.reversed())
      let (first, second) = a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in TwoLaneSHA256.digests(of: a, and: b) }
      }
      #expect(first == SHA256.digest(of: a))
      #expect(second == SHA256.digest(of: b))
    }

    @Test(.enabled(if: TwoLaneSHA256.isAvailable, "the processor has no SHA extensions"))
    func unalignedMessagesAreHashedAsOthers() {
      let bytes = pattern(64 * 9)
      bytes.withUnsafeBytes { bytes in
        let a = UnsafeRawBufferPointer(rebasing: bytes[1..<129])
        let b = UnsafeRawBufferPointer(rebasing: bytes[7..<135])
        let (first, second) = TwoLaneSHA256.digests(of: a, and: b)
        #expect(first == SHA256.digest(of: a))
        #expect(second == SHA256.digest(of: b))
      }
    }
  }
#endif
