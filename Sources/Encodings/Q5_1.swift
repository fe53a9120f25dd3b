internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 32 values: an F16 scale d, an F16 minimum m, the fifth bits, 16 bytes of the lower bits of q; a
/// value is q × d + m, rounded after the product and after the sum.
///
/// m = lowest value; d = (highest - lowest) / 31; q = (value - m) × (1 / d) + 0.5, truncated, at
/// most 31. If the lowest value is zero, the first zero gives its sign.
///
/// With weights w, d and m are from `AffineSearch` with a top of 31, weighted by w × √(mean square of
/// the row + value²), and the codes are those of its search.
///
/// A block with a NaN or an infinity gets NaN (0x7E00) for d and m and the codes 0, so that all of
/// it decodes as NaN. A d or m above the range of F16 is stored as infinity, as in the reference. If
/// d overflows F32, or is not zero but 1 / d overflows, the codes are 0. Every NaN that decoding
/// makes is 0x7FC00000.
/// Source: `quantize_row_q5_1_ref` and `quantize_row_q5_1_impl` in ggml `ggml-quants.c`; `Q5_1` in gguf-py `quants.py`. The
/// latter leaves the sign of a zero minimum to the vector width of NumPy; this follows the former.
public enum Q5_1: WeightedEncoding {
  public static let name = "Q5_1"
  public static let blockElementCount = 32
  public static let blockByteCount = 24
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 65504
  public static let overflowMagnitude: Float = 65520
  public static let usesRowMeanSquare = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 32 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let scale = source.half(at: 0)
      let minimum = source.half(at: 2)
      let codes = Nibbles.codes(source, fifthBitsAt: 4, at: 8)
      for index in 0..<32 {
        let product = scale * Float(codes[index])
        values[block * 32 + index] = canonical(product + minimum)
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 32 {
      let source = UnsafeBufferPointer(rebasing: values[block * 32..<(block + 1) * 32])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      guard source.allSatisfy(\.isFinite) else {
        target.storeInvalidBlock(scaleCount: 2)
        continue
      }
      let highest = source.reduce(source[0]) { $1 > $0 ? $1 : $0 }
      let lowest = source.reduce(source[0]) { $1 < $0 ? $1 : $0 }
      let scale = (highest - lowest) / 31
      target.storeHalf(scale, at: 0)
      target.storeHalf(lowest, at: 2)
      let codes = source.map { value in
        code(of: value, lowest: lowest, scale: scale)
      }
      Nibbles.store(codes, in: target, fifthBitsAt: 4, at: 8)
    }
  }

  private static func code(of value: Float, lowest: Float, scale: Float) -> UInt8 {
    let reciprocal = 1 / scale
    guard scale.isFinite, scale != 0, reciprocal.isFinite else { return 0 }
    let scaled = (value - lowest) * reciprocal
    return UInt8(min(scaled + 0.5, 31))
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 32 {
      let range = block * 32..<(block + 1) * 32
      let source = UnsafeBufferPointer(rebasing: values[range])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let weights = emphasized(weights[range], by: source, meanSquare: rowMeanSquare)
      guard source.allSatisfy(\.isFinite) else {
        target.storeInvalidBlock(scaleCount: 2)
        continue
      }
      let fit = weightedSearch.fit(source, weights: weights)
      guard !fit.scale.isNaN, !fit.minimum.isNaN else {
        target.storeInvalidBlock(scaleCount: 2)
        continue
      }
      target.storeHalf(fit.scale, at: 0)
      target.storeHalf(-fit.minimum, at: 2)
      Nibbles.store(fit.codes, in: target, fifthBitsAt: 4, at: 8)
    }
  }

  private static let weightedSearch = AffineSearch(
    top: 31, first: -0.9, increment: 0.05, candidateCount: 37, norm: .square)

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q5_1.decode, encode: EncodingKernelsBaseline.Q5_1.encode)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.Q5_1.decode, encode: EncodingKernelsV3.Q5_1.encode)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.Q5_1.encodeWeighted
    case .v3: EncodingKernelsV3.Q5_1.encodeWeighted
    }
  }
}
