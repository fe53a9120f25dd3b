internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 32 values: an F16 scale d, then 16 bytes of 4-bit codes q; a value is (q - 8) × d.
///
/// d = m / -8, where m is the value of highest magnitude, the first of equals; q = value × (1 / d)
/// + 8.5, truncated, at most 15. So m becomes q = 0, whatever its sign. Among zeros m is the one
/// without a sign, so that d is the zero with one: the reference starts from there.
///
/// With weights w, d is from `SymmetricSearch` with a limit of 8, weighted by w × √(mean square of the
/// row + value²), and the codes are those of its search. If the row has a NaN or an infinity or its
/// mean square overflows, all of it becomes NaN.
///
/// A block with a NaN or an infinity gets the scale NaN (0x7E00) and the codes 0, so that all of it
/// decodes as NaN. A scale above the range of F16 is stored as infinity, as in the reference, and
/// the codes as usual. If d is not zero but 1 / d overflows, the codes are 0. Every NaN that
/// decoding makes is 0x7FC00000.
/// Source: `quantize_row_q4_0_ref` and `quantize_row_q4_0_impl` in ggml `ggml-quants.c`; `Q4_0` in gguf-py `quants.py`.
/// The latter gives a block of zeros that begins with -0 a scale without a sign; this follows the former.
public enum Q4_0: WeightedEncoding {
  public static let name = "Q4_0"
  public static let blockElementCount = 32
  public static let blockByteCount = 18
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 524_032
  public static let overflowMagnitude: Float = 524_160
  public static let usesRowMeanSquare = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 32 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let scale = source.half(at: 0)
      let codes = Nibbles.codes(source, at: 2)
      for index in 0..<32 {
        values[block * 32 + index] = canonical(scale * (Float(codes[index]) - 8))
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
        target.storeInvalidBlock(scaleCount: 1)
        continue
      }
      let peak = source.reduce(0) { $1.magnitude > $0.magnitude ? $1 : $0 }
      let scale = peak / -8
      target.storeHalf(scale, at: 0)
      let codes = source.map { value in
        code(of: value, scale: scale)
      }
      Nibbles.store(codes, in: target, at: 2)
    }
  }

  private static func code(of value: Float, scale: Float) -> UInt8 {
    if scale == 0 { return 8 }
    let reciprocal = 1 / scale
    guard reciprocal.isFinite else { return 0 }
    let scaled = value * reciprocal
    return UInt8(min(scaled + 8.5, 15))
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
      let found = SymmetricSearch.search(Array(source), weights: weights, limit: 8)
      guard source.allSatisfy(\.isFinite), !found.scale.isNaN else {
        target.storeInvalidBlock(scaleCount: 1)
        continue
      }
      target.storeHalf(found.scale, at: 0)
      Nibbles.store(found.codes, in: target, at: 2)
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q4_0.decode, encode: EncodingKernelsBaseline.Q4_0.encode,
        encodeMeasuring: EncodingKernelsBaseline.Q4_0.encodeMeasuring)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.Q4_0.decode, encode: EncodingKernelsV3.Q4_0.encode,
        encodeMeasuring: EncodingKernelsV3.Q4_0.encodeMeasuring)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.Q4_0.encodeWeighted
    case .v3: EncodingKernelsV3.Q4_0.encodeWeighted
    }
  }
}
