internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 64 values: four UE4M3 scales s, one for each 16 values, then 32 bytes of E2M1 codes; a value is
/// s × 0, ±0.5, ±1, ±1.5, ±2, ±3, ±4 or ±6. Byte j of the 8 of a group has the code of its value j
/// below and of its value j + 8 above.
///
/// The whole tensor has one more factor, an F32 that is not in the blocks: values are encoded after
/// division by it, and a reader multiplies what it decodes; see `tensorScale(forMaximum:)`. In GGUF
/// it is the tensor with `.scale` in place of `.weight`.
///
/// s = highest magnitude / 6, rounded to nearest, ties to even, at most 448; the codes are value / s,
/// rounded likewise, at most 6, and never the zero with a sign. If s rounds to 0 the codes are 0.
/// Other choices of s are in `NVFP4Scaling`. So magnitudes above 2688 are cut off: a caller who
/// divides by the tensor's factor has none. A group with a NaN or an infinity becomes zeros, because
/// the scales of this type have no NaN: `ValueScan` finds such values first.
///
/// A scale of 0x7F is 0, and the sign bit of others is not looked at, as in the reference. Decoding
/// is exact.
/// Source: `dequantize_row_nvfp4` in ggml `ggml-quants.c`. Its encoder rounds scales otherwise and
/// turns those of 256 and more into 448; this one does not follow it.
public enum NVFP4: WritableEncoding {
  public static let name = "NVFP4"
  public static let blockElementCount = 64
  public static let blockByteCount = 36
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 2688
  public static let overflowMagnitude: Float = Float(2784).nextUp

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for group in 0..<values.count / 16 {
      let offset = group / 4 * blockByteCount
      let halfScale = UE4M3.value(blocks[offset + group % 4]) / 2
      for index in 0..<16 {
        let byte = blocks[offset + 4 + group % 4 * 8 + index % 8]
        let code = index < 8 ? byte & 15 : byte >> 4
        values[group * 16 + index] = E2M1.doubled[Int(code)] * halfScale
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    encodePlain(values, weights: nil, scaling: .nearest, into: blocks)
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.NVFP4.decode, encode: EncodingKernelsBaseline.NVFP4.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.NVFP4.decode, encode: EncodingKernelsV3.NVFP4.encode)
    }
  }
}

/// The scales of NVFP4: E4M3 without a sign.
enum UE4M3 {
  /// The value of a byte; 0x7F is 0, and bit 7 is not looked at but for that.
  static func value(_ bits: UInt8) -> Float {
    let (exponent, mantissa) = (Int(bits >> 3 & 15), Float(bits & 7))
    if bits == 0x7F { return 0 }
    return exponent == 0
      ? mantissa * 0x1p-9
      : (1 + mantissa / 8) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
  }

  /// `value`, at least 0, rounded to nearest, ties to even; at most 448.
  static func bits(_ value: Float) -> UInt8 {
    UInt8(truncatingIfNeeded: F8_E4M3.layout.bits(value))
  }
}
