internal import CEncodingKernels

/// The kernels of F8_E5M2; a block is 32 elements.
public enum F8_E5M2 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      ingot_store_f32x32(values + block &* 128, decodeBlock(blocks + block &* 32))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      encodeBlock(ingot_load_f32x32(values + block &* 128), blocks + block &* 32)
    }
  }

  @inline(__always)
  private static func decodeBlock(_ block: UnsafeRawPointer) -> SIMD32<Float> {
    ingot_f32_from_f8_e5m2(ingot_load_u8x32(block))
  }

  @inline(__always)
  private static func encodeBlock(_ values: SIMD32<Float>, _ block: UnsafeMutableRawPointer) {
    ingot_store_u8x32(block, ingot_f8_e5m2_from_f32(values))
  }
}
