internal import CDigestKernels
internal import DigestKernels
internal import Tensors

/// SHA-256 of two messages of equal length at once, on CPUs with the SHA extensions.
enum TwoLaneSHA256 {
  #if arch(x86_64)
    /// Whether this CPU has what the lanes need.
    static let isAvailable = ingot_cpu_has_sha() != 0

    /// The state of one message: eight words, and how many whole blocks are in them.
    struct Lane: Sendable {
      fileprivate var words = initialState
      private(set) var blockCount = 0

      /// The digest of everything so far followed by `rest`, fewer than 64 bytes.
      func digest(endingWith rest: some Collection<UInt8>) -> Tensors.Digest {
        let bitCount = UInt64(blockCount * 64 + rest.count) * 8
        // The padding: one bit, zeros, and the length in bits at the end of a block.
        var last = Array(rest) + [0x80]
        while last.count % 64 != 56 { last.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
          last.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
        }
        var end = self
        last.withUnsafeBytes { TwoLaneSHA256.compress(&end, $0) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for index in 0..<8 {
          for shift: UInt32 in [24, 16, 8, 0] {
            bytes.append(UInt8(truncatingIfNeeded: end.words[index] >> shift))
          }
        }
        return bytes.withUnsafeBytes { Tensors.Digest(first32: $0) }
      }

      fileprivate mutating func advance(_ words: SIMD8<UInt32>, by blockCount: Int) {
        self.words = words
        self.blockCount += blockCount
      }
    }

    /// Takes whole blocks into one lane; the other one idles, which costs nothing.
    static func compress(_ a: inout Lane, _ bytes: UnsafeRawBufferPointer) {
      var idle = Lane()
      compress(&a, bytes, &idle, bytes)
    }

    /// Takes whole blocks, as many on both sides, into two lanes at once.
    static func compress(
      _ a: inout Lane, _ bytesA: UnsafeRawBufferPointer, _ b: inout Lane,
      _ bytesB: UnsafeRawBufferPointer
    ) {
      let blockCount = bytesA.count / 64
      var wordsA = a.words
      var wordsB = b.words
      roundConstants.withUnsafeBufferPointer { constants in
        guard blockCount > 0, let k = constants.baseAddress, let first = bytesA.baseAddress,
          let second = bytesB.baseAddress
        else { return }
        compressTwoLanes(&wordsA, first, &wordsB, second, blockCount, k)
      }
      a.advance(wordsA, by: blockCount)
      b.advance(wordsB, by: blockCount)
    }

    /// The digests of two messages of the same length, a multiple of 64 bytes.
    /// Equal to `SHA256` bit for bit; `isAvailable` must be true.
    static func digests(
      of a: UnsafeRawBufferPointer, and b: UnsafeRawBufferPointer
    ) -> (Tensors.Digest, Tensors.Digest) {
      var laneA = Lane()
      var laneB = Lane()
      compress(&laneA, a, &laneB, b)
      return (laneA.digest(endingWith: []), laneB.digest(endingWith: []))
    }

    fileprivate static let initialState = SIMD8<UInt32>(
      0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
      0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)

    private static let roundConstants: [SIMD4<UInt32>] = [
      SIMD4(0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5),
      SIMD4(0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5),
      SIMD4(0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3),
      SIMD4(0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174),
      SIMD4(0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc),
      SIMD4(0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da),
      SIMD4(0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7),
      SIMD4(0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967),
      SIMD4(0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13),
      SIMD4(0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85),
      SIMD4(0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3),
      SIMD4(0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070),
      SIMD4(0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5),
      SIMD4(0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3),
      SIMD4(0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208),
      SIMD4(0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2),
    ]
  #endif
}
