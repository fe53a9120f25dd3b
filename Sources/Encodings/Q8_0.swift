internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 32 values: an F16 scale d, then 32 signed bytes q; a value is q × d.
///
/// d = highest magnitude / 127; q = value × (1 / d), halves away from zero.
///
/// A block with a NaN or an infinity gets the scale NaN (0x7E00) and the codes 0, so that all of it
/// decodes as NaN. A scale above the range of F16 is stored as infinity, as in the reference, and
/// the codes as usual. If 1 / d overflows (highest magnitude below 3.8e-37), the codes are 0. Every
/// NaN that decoding makes is 0x7FC00000.
/// Source: `quantize_row_q8_0_ref` in ggml `ggml-quants.c`; `Q8_0` in gguf-py `quants.py`.
public enum Q8_0: WritableEncoding {
  public static let name = "Q8_0"
  public static let blockElementCount = 32
  public static let blockByteCount = 34
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 8_319_008
  public static let overflowMagnitude: Float = 8_321_040

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 32 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let scale = source.half(at: 0)
      for index in 0..<32 {
        let code = Int8(bitPattern: source[2 + index])
        values[block * 32 + index] = canonical(Float(code) * scale)
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
      let highest = source.reduce(0) { max($0, $1.magnitude) }
      guard source.allSatisfy(\.isFinite) else {
        target.storeInvalidBlock(scaleCount: 1)
        continue
      }
      let scale = highest / 127
      let reciprocal = 1 / scale
      let inverse = reciprocal.isFinite ? reciprocal : 0
      target.storeHalf(scale, at: 0)
      for index in 0..<32 {
        let code = roundedHalfAway(source[index] * inverse)
        target[2 + index] = UInt8(bitPattern: Int8(truncatingIfNeeded: code))
      }
    }
  }

  /// `value` rounded to nearest, halves away from zero; its magnitude is below 128.
  private static func roundedHalfAway(_ value: Float) -> Int {
    let whole = Int(value.magnitude)
    let rounded = whole + Int(2 * (value.magnitude - Float(whole)))
    return value < 0 ? -rounded : rounded
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q8_0.decode, encode: EncodingKernelsBaseline.Q8_0.encode)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.Q8_0.decode, encode: EncodingKernelsV3.Q8_0.encode)
    }
  }
}
