internal import CEncodingKernels

/// The kernels of BF16; a block is 32 elements.
public enum BF16 {
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
      _ = encodeBlock(ingot_load_f32x32(values + block &* 128), blocks + block &* 64)
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encodeMeasuring(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer,
    _ lanes: UnsafeMutableRawPointer
  ) {
    var squaredError = ingot_load_f64x8(lanes)
    var squaredReference = ingot_load_f64x8(lanes + 64)
    var highestError = ingot_load_f32x8(lanes + 128)
    for block in 0..<8 &* batchCount {
      let reference = ingot_load_f32x32(values + block &* 128)
      let decoded = encodeBlock(reference, blocks + block &* 64)
      let error = ingot_difference(decoded, reference)
      squaredError = ingot_add_squares(squaredError, error)
      squaredReference = ingot_add_squares(squaredReference, reference)
      highestError = ingot_raise_to_magnitudes(highestError, error)
    }
    ingot_store_f64x8(lanes, squaredError)
    ingot_store_f64x8(lanes + 64, squaredReference)
    ingot_store_f32x8(lanes + 128, highestError)
  }

  @inline(__always)
  private static func decodeBlock(_ block: UnsafeRawPointer) -> SIMD32<Float> {
    ingot_f32_from_bf16(ingot_load_u16x32(block))
  }

  /// Writes a block and returns what decoding would read from it.
  @inline(__always)
  private static func encodeBlock(
    _ values: SIMD32<Float>, _ block: UnsafeMutableRawPointer
  ) -> SIMD32<Float> {
    let encoded = ingot_bf16_from_f32(values)
    ingot_store_u16x32(block, encoded)
    return ingot_f32_from_bf16(encoded)
  }
}
