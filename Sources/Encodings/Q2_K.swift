internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 256 values: 16 bytes with a scale s in the lower and a minimum t in the upper half, one for 16
/// values each, 64 bytes of 2-bit codes q, an F16 scale d and an F16 scale m of minimums; a value is
/// q × (d × s) - m × t, rounded after each product and after the difference.
///
/// Byte 32h + l of the codes has the elements 128h + l, + 32, + 64 and + 96, from the lowest bits
/// up. `AffineSearch` finds scale and minimum of each 16 values, for errors weighted by |value|; the
/// highest scale gets s = 15 and d = scale / 15, the highest minimum t = 15 and m likewise. With
/// weights w of the caller's, squared errors are weighted by w × √(mean square of all 256 + value²),
/// and `ScaleSearch` finds d, s, m and t. Then q = (value + m × t) / (d × s), rounded to nearest;
/// where d × s is 0, q is from the search.
///
/// A super-block with a NaN or an infinity gets NaN (0x7E00) for d and m and zeros elsewhere, so
/// that all of it decodes as NaN. If finite values overflow F32 on the way, the bytes are those of
/// the reference. A d or m above the range of F16 is stored as infinity. Every NaN that decoding
/// makes is 0x7FC00000.
/// Source: `quantize_row_q2_K_ref` and `quantize_row_q2_K_impl` in ggml `ggml-quants.c`.
public enum Q2_K: WeightedEncoding {
  public static let name = "Q2_K"
  public static let blockElementCount = 256
  public static let blockByteCount = 84
  public static let isQuantized = true
  // A minimum of 15 × 65504 fits, but a search may go beyond the lowest value: this is far below.
  public static let greatestMagnitude: Float = 65504
  public static let overflowMagnitude: Float = 65520
  public static let usesRowMeanSquare = false

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let (superScale, superMinimum) = (source.half(at: 80), source.half(at: 82))
      for index in 0..<256 {
        let packed = source[index / 16]
        let scale = superScale * Float(packed & 15)
        let minimum = superMinimum * Float(packed >> 4)
        let byte = source[16 + index / 128 * 32 + index % 32]
        let product = scale * Float(byte >> UInt8(index % 128 / 32 * 2) & 3)
        values[block * 256 + index] = canonical(product - minimum)
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    let search = AffineSearch(
      top: 3, first: -0.5, increment: 0.1, candidateCount: 16, norm: .magnitude)
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      guard source.allSatisfy(\.isFinite) else {
        storeInvalid(in: target)
        continue
      }
      var found = AffineSuperBlock(
        source, partCount: 16, search: search, scaleTop: 15,
        ownWeights: { $0.map(\.magnitude) })
      store(&found, in: target)
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    let search = AffineSearch(
      top: 3, first: -0.9, increment: 0.05, candidateCount: 37, norm: .square)
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      guard source.allSatisfy(\.isFinite) else {
        storeInvalid(in: target)
        continue
      }
      var found = AffineSuperBlock(
        source, partCount: 16, search: search, scaleSearch: ScaleSearch(top: 15),
        weights: UnsafeBufferPointer(rebasing: weights[block * 256..<(block + 1) * 256]),
        spread: AffineSuperBlock.squareSum(source) / 256)
      store(&found, in: target)
    }
  }

  private static func storeInvalid(in target: UnsafeMutableRawBufferPointer) {
    target.initializeMemory(as: UInt8.self, repeating: 0)
    target.storeHalf(.nan, at: 80)
    target.storeHalf(.nan, at: 82)
  }

  private static func store(
    _ found: inout AffineSuperBlock, in target: UnsafeMutableRawBufferPointer
  ) {
    target.storeHalf(found.scale, at: 80)
    target.storeHalf(found.minimum, at: 82)
    let stored = UnsafeRawBufferPointer(target)
    for part in 0..<16 {
      // Codes above 15 overlap as in the reference.
      target[part] = found.scaleCodes[part] | found.minimumCodes[part] << 4
      found.refine(
        part, scale: stored.half(at: 80) * Float(target[part] & 15),
        minimum: stored.half(at: 82) * Float(target[part] >> 4), top: 3)
    }
    for index in 0..<64 {
      let first = index / 32 * 128 + index % 32
      target[16 + index] = (0..<4).reduce(0) { bits, place in
        bits | found.codes[first + 32 * place] << UInt8(2 * place)
      }
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q2_K.decode, encode: EncodingKernelsBaseline.Q2_K.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.Q2_K.decode, encode: EncodingKernelsV3.Q2_K.encode)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.Q2_K.encodeWeighted
    case .v3: EncodingKernelsV3.Q2_K.encodeWeighted
    }
  }
}
