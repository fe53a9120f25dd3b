internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// Eight bits: sign, 4 of exponent with bias 7, 3 of mantissa; no infinity, and all ones is NaN.
///
/// Encoding rounds to nearest, ties to even. Magnitudes above 464, half way from the greatest value
/// 448 to the next step, become 448, infinity too: `overflow(in:)` of a `Codec` finds them first. A
/// NaN keeps its sign and becomes 0x7F or 0xFF. Decoding is exact.
/// Source: OCP 8-bit Floating Point Specification 1.0, E4M3; `float8_e4m3fn` of PyTorch.
public enum F8_E4M3: WritableEncoding {
  public static let name = "F8_E4M3"
  public static let blockElementCount = 1
  public static let blockByteCount = 1
  public static let isQuantized = false
  public static let greatestMagnitude: Float = 448
  public static let overflowMagnitude: Float = Float(464).nextUp

  static let layout = SmallFloat(
    mantissaBitCount: 3, exponentBias: 7, greatestFiniteBits: 0x7E, hasInfinity: false,
    signBit: 0x80)

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for index in values.indices {
      values[index] = layout.value(UInt32(blocks[index]))
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for index in values.indices {
      blocks[index] = UInt8(truncatingIfNeeded: layout.bits(values[index]))
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.F8_E4M3.decode,
        encode: EncodingKernelsBaseline.F8_E4M3.encode)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.F8_E4M3.decode, encode: EncodingKernelsV3.F8_E4M3.encode)
    }
  }
}
