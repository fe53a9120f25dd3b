internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 32 values: an F16 scale d, then 16 bytes of 4-bit codes; a value is d × v, where v is the one of
/// the 16 values of the codebook that the code names.
///
/// d is from `IQ4Codebook.scale`, weighted by value², or with weights w by w × √(2 × mean square of
/// the block + value²). The code names the v nearest to value × (1 / d), where d is not yet rounded
/// to F16; it is 8 if d is 0.
///
/// A block with a NaN or an infinity gets the scale NaN (0x7E00) and the codes 0, so that all of it
/// decodes as NaN, and so does one whose scale is NaN because weights or values overflow F32. A
/// scale above the range of F16 is stored as infinity, as in the reference, and the codes as usual.
/// Every NaN that decoding makes is 0x7FC00000.
/// Source: `quantize_iq4_nl` in ggml `ggml-quants.c`, which is what llama-quantize calls;
/// `quantize_row_iq4_nl_ref` tries fewer scales.
public enum IQ4_NL: WeightedEncoding {
  public static let name = "IQ4_NL"
  public static let blockElementCount = 32
  public static let blockByteCount = 18
  public static let isQuantized = true
  // A scale that is found is at most 7 / 120 of the peak: what the code for 1 stands for.
  public static let greatestMagnitude: Float = 1_113_568
  public static let overflowMagnitude: Float = 1_113_840
  public static let usesRowMeanSquare = false

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 32 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let scale = source.half(at: 0)
      for (index, code) in Nibbles.codes(source, at: 2).enumerated() {
        values[block * 32 + index] = canonical(scale * IQ4Codebook.values[Int(code)])
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    encodePlain(values, into: blocks) { _, source in source.map { $0 * $0 } }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    encodePlain(values, into: blocks) { block, source in
      let sum = source.reduce(0) { $0 + $1 * $1 }
      return emphasized(
        weights[block * 32..<(block + 1) * 32], by: source, meanSquare: sum * (2 / 32))
    }
  }

  private static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    weights: (_ block: Int, _ source: [Float]) -> [Float]
  ) {
    for block in 0..<values.count / 32 {
      let source = Array(values[block * 32..<(block + 1) * 32])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let scale = IQ4Codebook.scale(of: source, weights: weights(block, source))
      guard source.allSatisfy(\.isFinite), !scale.isNaN else {
        target.storeInvalidBlock(scaleCount: 1)
        continue
      }
      target.storeHalf(scale, at: 0)
      let inverse = scale == 0 ? 0 : 1 / scale
      Nibbles.store(source.map { IQ4Codebook.code(of: inverse * $0) }, in: target, at: 2)
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.IQ4_NL.decode, encode: EncodingKernelsBaseline.IQ4_NL.encode
      )
    case .v3:
      KernelTable(decode: EncodingKernelsV3.IQ4_NL.decode, encode: EncodingKernelsV3.IQ4_NL.encode)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.IQ4_NL.encodeWeighted
    case .v3: EncodingKernelsV3.IQ4_NL.encodeWeighted
    }
  }
}
