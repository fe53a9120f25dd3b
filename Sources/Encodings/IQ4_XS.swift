internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 256 values: an F16 scale d, 16 bits with the upper two bits of scales s, 4 bytes with their lower
/// four, one s for 32 values, then 128 bytes of 4-bit codes; a value is d × (s - 32) × v, rounded
/// after each product, where v is the one of the 16 values of the codebook that the code names.
///
/// Each sub-block of 32 gets the scale of `IQ4Codebook.scale`, weighted by value², or with weights w
/// by w × √(2 × mean square of the super-block + value²). d = m / -32, where m is the scale of
/// highest magnitude, the first of equals; s = scale × (1 / d) + 32, rounded to nearest. The code
/// names the v nearest to value × (1 / (d × (s - 32))), where d is not yet rounded to F16; it is 8
/// if the divisor is 0.
///
/// A super-block with a NaN or an infinity gets the d NaN (0x7E00) and zeros, so that all of it
/// decodes as NaN. A d above the range of F16 is stored as infinity, as in the reference. If d × (s
/// - 32) is not zero but its inverse overflows, the code of a zero is 15. Every NaN that decoding
/// makes is 0x7FC00000.
/// Source: `quantize_row_iq4_nl_impl`, as `quantize_iq4_xs` calls it, in ggml `ggml-quants.c`.
public enum IQ4_XS: WeightedEncoding {
  public static let name = "IQ4_XS"
  public static let blockElementCount = 256
  public static let blockByteCount = 136
  public static let isQuantized = true
  // A scale that is found is at most 7 / 120 of the peak, and d a 32nd of it.
  public static let greatestMagnitude: Float = 35_634_176
  public static let overflowMagnitude: Float = 35_642_880
  public static let usesRowMeanSquare = false

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let superScale = source.half(at: 0)
      for part in 0..<8 {
        let lower = source[4 + part / 2] >> UInt8(part % 2 * 4) & 15
        let upper = source[2 + part / 4] >> UInt8(part % 4 * 2) & 3
        let scale = superScale * Float(Int(lower | upper << 4) - 32)
        for (index, code) in Nibbles.codes(source, at: 8 + 16 * part).enumerated() {
          values[block * 256 + 32 * part + index] = canonical(
            scale * IQ4Codebook.values[Int(code)])
        }
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    encodePlain(values, into: blocks) { _, part, _ in part.map { $0 * $0 } }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    encodePlain(values, into: blocks) { start, part, meanSquare in
      emphasized(weights[start..<start + 32], by: part, meanSquare: meanSquare)
    }
  }

  private static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    weights: (_ start: Int, _ part: [Float], _ meanSquare: Float) -> [Float]
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      target.initializeMemory(as: UInt8.self, repeating: 0)
      guard source.allSatisfy(\.isFinite) else {
        target.storeHalf(.nan, at: 0)
        continue
      }
      let meanSquare = source.reduce(0) { $0 + $1 * $1 } * (2 / 256)
      let parts = (0..<8).map { Array(source[32 * $0..<32 * $0 + 32]) }
      let scales = parts.enumerated().map { index, part in
        IQ4Codebook.scale(
          of: part, weights: weights(block * 256 + 32 * index, part, meanSquare))
      }
      let superScale = -SymmetricSearch.peak(of: scales) / 32
      target.storeHalf(superScale, at: 0)
      let inverse = superScale == 0 ? 0 : 1 / superScale
      for (index, part) in parts.enumerated() {
        let code = SymmetricSearch.code(of: scales[index], inverse: inverse, limit: 32)
        let stored = UInt8(code + 32)
        target[4 + index / 2] |= (stored & 15) << UInt8(index % 2 * 4)
        target[2 + index / 4] |= (stored >> 4) << UInt8(index % 4 * 2)
        let scale = superScale * Float(code)
        let partInverse = scale == 0 ? 0 : 1 / scale
        let codes = part.map { IQ4Codebook.code(of: partInverse * $0) }
        Nibbles.store(codes, in: target, at: 8 + 16 * index)
      }
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.IQ4_XS.decode, encode: EncodingKernelsBaseline.IQ4_XS.encode
      )
    case .v3:
      KernelTable(decode: EncodingKernelsV3.IQ4_XS.decode, encode: EncodingKernelsV3.IQ4_XS.encode)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.IQ4_XS.encodeWeighted
    case .v3: EncodingKernelsV3.IQ4_XS.encodeWeighted
    }
  }
}
