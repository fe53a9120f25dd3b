internal import CDigestKernels
internal import DigestKernels
internal import Tensors

/// SHA-256 of two messages of equal length at once, on CPUs with the SHA extensions.
enum TwoLaneSHA256 {
  /// Whether this CPU has what `digests(of:and:)` needs.
  static let isAvailable = ingot_cpu_has_sha() != 0

  #if arch(x86_64)
    /// The digests of two messages of the same length, a multiple of 64 bytes.
    /// Equal to `SHA256` bit for bit; `isAvailable` must be true.
    static func digests(
      of a: UnsafeRawBufferPointer, and b: UnsafeRawBufferPointer
    ) -> (Tensors.Digest, Tensors.Digest) {
      var stateA = initialState
      var stateB = initialState
      // The padding of a message of whole blocks: one bit, zeros, and the length in bits.
      var padding = [UInt8](repeating: 0, count: 64)
      padding[0] = 0x80
      let bitCount = UInt64(a.count) * 8
      for index in 0..<8 { padding[63 - index] = UInt8(truncatingIfNeeded: bitCount >> (8 * UInt64(index))) }
      roundConstants.withUnsafeBufferPointer { k in
        guard let k = k.baseAddress else { return }
        if let a = a.baseAddress, let b = b.baseAddress {
          compressTwoLanes(&stateA, a, &stateB, b, bitCount == 0 ? 0 : Int(bitCount / 512), k)
        }
        padding.withUnsafeBytes { last in
          guard let last = last.baseAddress else { return }
          compressTwoLanes(&stateA, last, &stateB, last, 1, k)
        }
      }
      return (digest(stateA), digest(stateB))
    }

    private static func digest(_ state: SIMD8<UInt32>) -> Tensors.Digest {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(32)
      for index in 0..<8 {
        for shift: UInt32 in [24, 16, 8, 0] {
          bytes.append(UInt8(truncatingIfNeeded: state[index] >> shift))
        }
      }
      return bytes.withUnsafeBytes { Tensors.Digest(first32: $0) }
    }

    private static let initialState = SIMD8<UInt32>(
      0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
      0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)

    private static let roundConstants: [SIMD4<UInt32>] = [
    SIMD4(0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5),
    SIMD4(0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5),
    SIMD4(0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3),
    SIMD4(0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174),
    SIMD4(0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc),
    SIMD4(0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da),
    SIMD4(0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7),
    SIMD4(0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967),
    SIMD4(0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13),
    SIMD4(0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85),
    SIMD4(0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3),
    SIMD4(0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070),
    SIMD4(0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5),
    SIMD4(0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3),
    SIMD4(0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208),
    SIMD4(0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2),
    ]
  #else
    static func digests(
      of a: UnsafeRawBufferPointer, and b: UnsafeRawBufferPointer
    ) -> (Tensors.Digest, Tensors.Digest) {
      (SHA256.digest(of: a), SHA256.digest(of: b))
    }
  #endif
}
