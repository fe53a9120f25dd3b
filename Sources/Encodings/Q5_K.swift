internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 256 values: an F16 scale d, an F16 scale m of minimums, 12 bytes with eight scales s and eight
/// minimums t of 6 bits (`PackedScales`), one of each for 32 values, then 32 bytes with the fifth
/// bits of codes q and 128 bytes with their lower four; a value is q × (d × s) - m × t, rounded after
/// each product and after the difference.
///
/// Bit b of byte l of the fifth bits is of element 32b + l. Byte 32p + l of the others holds element
/// 64p + l in its lower half, element 64p + 32 + l in its upper half. `AffineSearch` finds scale and minimum of each 32 values, for the weights √(their
/// mean square) + |value|; the highest scale gets s = 63 and d = scale / 63, the highest minimum
/// t = 63 and m likewise. With weights w of the caller's they are w × √(2 × mean square of all 256 +
/// value²), and `ScaleSearch` finds d, s, m and t. Then q = (value + m × t) / (d × s), rounded to
/// nearest; where d × s is 0, q is from the search.
///
/// A super-block with a NaN or an infinity gets NaN (0x7E00) for d and m and zeros elsewhere, so
/// that all of it decodes as NaN. If finite values overflow F32 on the way, the bytes are those of
/// the reference. A d or m above the range of F16 is stored as infinity. Every NaN that decoding
/// makes is 0x7FC00000.
/// Source: `quantize_row_q5_K_ref` and `quantize_row_q5_K_impl` in ggml `ggml-quants.c`.
public enum Q5_K: WeightedEncoding {
  public static let name = "Q5_K"
  public static let blockElementCount = 256
  public static let blockByteCount = 176
  public static let isQuantized = true
  // A minimum of 63 × 65504 fits, but a search may go beyond the lowest value: this is far below.
  public static let greatestMagnitude: Float = 65504
  public static let overflowMagnitude: Float = 65520
  public static let usesRowMeanSquare = false

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let (superScale, superMinimum) = (source.half(at: 0), source.half(at: 2))
      for part in 0..<8 {
        let packed = PackedScales.codes(source, at: 4, part)
        let scale = superScale * Float(packed.scale)
        let minimum = superMinimum * Float(packed.minimum)
        for index in 0..<32 {
          let lower = source[48 + part / 2 * 32 + index] >> UInt8(part % 2 * 4) & 15
          let fifth = source[16 + index] >> UInt8(part) & 1
          let product = scale * Float(lower | fifth << 4)
          values[block * 256 + part * 32 + index] = canonical(product - minimum)
        }
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    let search = AffineSearch(
      top: 31, first: -0.5, increment: 0.1, candidateCount: 16, norm: .square)
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      guard source.allSatisfy(\.isFinite) else {
        target.storeInvalidBlock(scaleCount: 2)
        continue
      }
      var found = AffineSuperBlock(
        source, partCount: 8, search: search, scaleTop: 63,
        ownWeights: AffineSuperBlock.liftedMagnitudes)
      found.scaleCodes = found.scaleCodes.map { min(63, $0) }
      found.minimumCodes = found.minimumCodes.map { min(63, $0) }
      store(&found, in: target)
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    let search = AffineSearch(
      top: 31, first: -0.9, increment: 0.05, candidateCount: 37, norm: .square)
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      guard source.allSatisfy(\.isFinite) else {
        target.storeInvalidBlock(scaleCount: 2)
        continue
      }
      var found = AffineSuperBlock(
        source, partCount: 8, search: search, scaleSearch: ScaleSearch(top: 63),
        weights: UnsafeBufferPointer(rebasing: weights[block * 256..<(block + 1) * 256]),
        spread: 2 * AffineSuperBlock.squareSum(source) / 256)
      found.scaleCodes = found.scaleCodes.map { min(63, $0) }
      found.minimumCodes = found.minimumCodes.map { min(63, $0) }
      store(&found, in: target)
    }
  }

  private static func store(
    _ found: inout AffineSuperBlock, in target: UnsafeMutableRawBufferPointer
  ) {
    target.storeHalf(found.scale, at: 0)
    target.storeHalf(found.minimum, at: 2)
    PackedScales.store(
      scales: found.scaleCodes, minimums: found.minimumCodes, in: target, at: 4)
    let stored = UnsafeRawBufferPointer(target)
    for part in 0..<8 {
      let packed = PackedScales.codes(stored, at: 4, part)
      found.refine(
        part, scale: stored.half(at: 0) * Float(packed.scale),
        minimum: stored.half(at: 2) * Float(packed.minimum), top: 31)
    }
    for index in 0..<32 { target[16 + index] = 0 }
    for pair in 0..<4 {
      for index in 0..<32 {
        let (lower, upper) = (found.codes[64 * pair + index], found.codes[64 * pair + 32 + index])
        target[48 + 32 * pair + index] = lower & 15 | upper << 4
        target[16 + index] |= (lower >> 4 | (upper >> 4) << 1) << UInt8(2 * pair)
      }
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q5_K.decode, encode: EncodingKernelsBaseline.Q5_K.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.Q5_K.decode, encode: EncodingKernelsV3.Q5_K.encode)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.Q5_K.encodeWeighted
    case .v3: EncodingKernelsV3.Q5_K.encodeWeighted
    }
  }
}
