internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// The upper half of an F32.
///
/// Encoding rounds to nearest, ties to even; the greatest F32s round to infinity. A NaN becomes
/// quiet and keeps its sign and the upper bits of its payload. Decoding is exact, bit for bit.
/// Source: `ggml_compute_fp32_to_bf16` in ggml `ggml-impl.h`; `BF16` in gguf-py `quants.py`.
public enum BF16: WritableEncoding {
  public static let name = "BF16"
  public static let blockElementCount = 1
  public static let blockByteCount = 2
  public static let isQuantized = false
  public static let greatestMagnitude: Float = Float(bitPattern: 0x7F7F_0000)
  public static let overflowMagnitude: Float = Float(bitPattern: 0x7F7F_8000)

  private static let layout = SmallFloat(
    mantissaBitCount: 7, exponentBias: 127, greatestFiniteBits: 0x7F7F, hasInfinity: true,
    signBit: 0x8000)

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for index in values.indices {
      let bits = blocks.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      values[index] = Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
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
        decode: EncodingKernelsBaseline.BF16.decode, encode: EncodingKernelsBaseline.BF16.encode)
    case .v3:
      KernelTable(
        decode: EncodingKernelsV3.BF16.decode, encode: EncodingKernelsV3.BF16.encode)
    }
  }
}
