internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// IEEE 754 binary16.
///
/// Encoding rounds to nearest, ties to even; magnitudes of 65520 and above become infinity. A NaN
/// becomes quiet and keeps its sign and the upper bits of its payload, in both directions, as the
/// F16C instructions do. Decoding is exact otherwise.
public enum F16: WritableEncoding {
  public static let name = "F16"
  public static let blockElementCount = 1
  public static let blockByteCount = 2
  public static let isQuantized = false
  public static let greatestMagnitude: Float = 65504
  public static let overflowMagnitude: Float = 65520

  private static let layout = SmallFloat.half

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for index in values.indices {
      let bits = blocks.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      values[index] = layout.value(UInt32(UInt16(littleEndian: bits)))
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for index in values.indices {
      let bits = UInt16(truncatingIfNeeded: layout.bits(values[index]))
      blocks.storeBytes(of: bits.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.F16.decode, encode: EncodingKernelsBaseline.F16.encode)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.F16.decode, encode: EncodingKernelsV3.F16.encode)
    }
  }
}
