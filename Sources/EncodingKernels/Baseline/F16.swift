internal import CEncodingKernels

/// The kernels of F16; a block is 32 elements.
public enum F16 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      ingot_store_f32x32(values + block &* 128, decodeBlock(blocks + block &* 64))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      encodeBlock(ingot_load_f32x32(values + block &* 128), blocks + block &* 64)
    }
  }

  @inline(__always)
  private static func decodeBlock(_ block: UnsafeRawPointer) -> SIMD32<Float> {
    ingot_f32_from_f16(ingot_load_u16x32(block))
  }

  @inline(__always)
  private static func encodeBlock(_ values: SIMD32<Float>, _ block: UnsafeMutableRawPointer) {
    ingot_store_u16x32(block, ingot_f16_from_f32(values))
  }
}
