internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 256 values: 32 bytes with the upper bit of codes q, 64 bytes with their lower two, 12 bytes of
/// 6-bit scales s, one for 16 values, and an F16 scale d; a value is d × (s - 32) × (q - 4), rounded
/// after each product.
///
/// Bit b of byte l of the upper bits is of element 32b + l; byte 32h + l of the lower ones has the
/// elements 128h + l, + 32, + 64 and + 96, from the lowest bits up. Byte j of the scales has the
/// lower four bits of the scales j and j + 8 (j < 8), byte 8 + j the upper two of j, j + 4, j + 8
/// and j + 12 (j < 4).
///
/// Without weights, each sub-block of 16 gets the scale of `DescentSearch`; d = m / -32, where m is
/// the scale of highest magnitude, the first of equals; s = scale / d + 32. With weights w, it gets
/// that of `SymmetricSearch`, weighted by w × √(2 × mean square of the super-block + value²), and d
/// and s come from a search over these scales, weighted by the sums of the weights. In both, q =
/// value / (d × (s - 32)) + 4, rounded to nearest; where the divisor is 0, q is from the search.
///
/// A super-block with a NaN or an infinity gets the d NaN (0x7E00) and zeros, so that all of it
/// decodes as NaN, and so does one whose d is NaN because weights or values overflow F32. A d above
/// the range of F16 is stored as infinity, as in the reference. Every NaN that decoding makes is
/// 0x7FC00000.
/// Source: `quantize_row_q3_K_ref` and `quantize_row_q3_K_impl` in ggml `ggml-quants.c`.
public enum Q3_K: WeightedEncoding {
  public static let name = "Q3_K"
  public static let blockElementCount = 256
  public static let blockByteCount = 110
  public static let isQuantized = true
  // A scale that is found is at most the peak, and d a 32nd of it; the rest is for rounding.
  public static let greatestMagnitude: Float = 2_095_104
  public static let overflowMagnitude: Float = 2_096_128
  public static let usesRowMeanSquare = false

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let superScale = source.half(at: 108)
      for index in 0..<256 {
        let (half, place) = (index / 128, index % 128)
        let lower = source[32 + 32 * half + place % 32] >> UInt8(place / 32 * 2) & 3
        let upper = source[index % 32] >> UInt8(index / 32) & 1
        let scale = superScale * Float(Int(scaleCode(index / 16, in: source)) - 32)
        values[block * 256 + index] = canonical(scale * Float(Int(lower | upper << 2) - 4))
      }
    }
  }

  static func scaleCode(_ part: Int, in source: UnsafeRawBufferPointer) -> UInt8 {
    let lower = source[96 + part % 8] >> UInt8(part / 8 * 4) & 15
    let upper = source[104 + part % 4] >> UInt8(part / 4 * 2) & 3
    return lower | upper << 4
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let found = (0..<16).map { DescentSearch.search(Array(source[16 * $0..<16 * $0 + 16])) }
      let peak = SymmetricSearch.peak(of: found.map(\.scale))
      let inverse = -32 / peak
      let scaleCodes = found.map { part in
        peak == 0
          ? 0 : UInt8(SymmetricSearch.code(of: part.scale, inverse: inverse, limit: 32) + 32)
      }
      store(
        source, scale: peak == 0 ? 0 : 1 / inverse, scaleCodes: scaleCodes, found: found,
        in: target)
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let meanSquare = 2 * source.reduce(0) { $0 + $1 * $1 } / 256
      var sums: [Float] = []
      let found = (0..<16).map { part in
        let range = 16 * part..<16 * part + 16
        let weights = emphasized(
          weights[block * 256 + range.lowerBound..<block * 256 + range.upperBound],
          by: source[range], meanSquare: meanSquare)
        sums.append(weights.reduce(0, +))
        return SymmetricSearch.search(Array(source[range]), weights: weights, limit: 4)
      }
      let scales = SymmetricSearch.search(found.map(\.scale), weights: sums, limit: 32)
      store(source, scale: scales.scale, scaleCodes: scales.codes, found: found, in: target)
    }
  }

  private static func store(
    _ source: UnsafeBufferPointer<Float>, scale: Float, scaleCodes: [UInt8],
    found: [SymmetricSearch.Result], in target: UnsafeMutableRawBufferPointer
  ) {
    target.initializeMemory(as: UInt8.self, repeating: 0)
    guard source.allSatisfy(\.isFinite), !scale.isNaN else {
      target.storeHalf(.nan, at: 108)
      return
    }
    target.storeHalf(scale, at: 108)
    let superScale = UnsafeRawBufferPointer(target).half(at: 108)
    for part in 0..<16 {
      let code = scaleCodes[part]
      target[96 + part % 8] |= (code & 15) << UInt8(part / 8 * 4)
      target[104 + part % 4] |= (code >> 4) << UInt8(part / 4 * 2)
      let scale = superScale * Float(Int(code) - 32)
      for index in 16 * part..<16 * part + 16 {
        let code =
          scale == 0
          ? found[part].codes[index % 16]
          : SymmetricSearch.storedCode(of: source[index], scale: scale, limit: 4)
        let (half, place) = (index / 128, index % 128)
        target[index % 32] |= (code >> 2) << UInt8(index / 32)
        target[32 + 32 * half + place % 32] |= (code & 3) << UInt8(place / 32 * 2)
      }
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q3_K.decode, encode: EncodingKernelsBaseline.Q3_K.encode,
        encodeMeasuring: EncodingKernelsBaseline.Q3_K.encodeMeasuring)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.Q3_K.decode, encode: EncodingKernelsV3.Q3_K.encode,
        encodeMeasuring: EncodingKernelsV3.Q3_K.encodeMeasuring)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.Q3_K.encodeWeighted
    case .v3: EncodingKernelsV3.Q3_K.encodeWeighted
    }
  }
}
