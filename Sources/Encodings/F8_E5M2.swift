internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// Eight bits: sign, 5 of exponent with bias 15, 2 of mantissa; the upper half of an F16.
///
/// Encoding rounds to nearest, ties to even, in one step; magnitudes of 61440 and above become
/// infinity. A NaN becomes quiet and keeps its sign and the upper bits of its payload. Decoding is
/// exact otherwise.
/// Source: OCP 8-bit Floating Point Specification 1.0, E5M2; `float8_e5m2` of PyTorch.
public enum F8_E5M2: WritableEncoding {
  public static let name = "F8_E5M2"
  public static let blockElementCount = 1
  public static let blockByteCount = 1
  public static let isQuantized = false
  public static let greatestMagnitude: Float = 57344
  public static let overflowMagnitude: Float = 61440

  private static let layout = SmallFloat(
    mantissaBitCount: 2, exponentBias: 15, greatestFiniteBits: 0x7B, hasInfinity: true,
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
        decode: EncodingKernelsBaseline.F8_E5M2.decode,
        encode: EncodingKernelsBaseline.F8_E5M2.encode)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.F8_E5M2.decode, encode: EncodingKernelsV3.F8_E5M2.encode)
    }
  }
}
