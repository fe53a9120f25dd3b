internal import CEncodingKernels

/// The kernels of Q8_0: an F16 scale, then 32 signed bytes.
public enum Q8_0 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      ingot_store_f32x32(values + block &* 128, decodeBlock(blocks + block &* 34))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      encodeBatch(values + batch &* 1024, blocks + batch &* 272)
    }
  }

  @inline(__always)
  private static func decodeBlock(_ block: UnsafeRawPointer) -> SIMD32<Float> {
    let scale = ingot_one_f32_from_f16(ingot_load_u16(block))
    let codes = ingot_codes_from_signed(ingot_load_u8x32(block + 2))
    let decoded = ingot_multiply(ingot_floats(codes), scale)
    return scale - scale == 0 ? decoded : ingot_canonical_nan(decoded)
  }

  /// Encodes eight blocks.
  @inline(__always)
  private static func encodeBatch(_ values: UnsafeRawPointer, _ blocks: UnsafeMutableRawPointer) {
    let highest = ingot_highest_magnitudes(values)
    let exact = ingot_divide_eight(ingot_eight_from_bits(highest), 127)
    let scales = ingot_nan_unless_finite(exact, highest)
    let inverses = ingot_reciprocals(scales)
    let scaleBits = ingot_eight_f16_from_f32(scales)
    let blanks = ingot_blank_lanes(scales, inverses)
    for index in 0..<8 {
      let reference = ingot_load_f32x32(values + index &* 128)
      let block = blocks + index &* 34
      ingot_store_u16(block, scaleBits[index])
      if blanks & 1 &<< UInt8(index) != 0 {
        ingot_store_u8x32(block + 2, SIMD32())
        continue
      }
      let codes = ingot_round_half_away(ingot_multiply(reference, inverses[index]))
      ingot_store_u8x32(block + 2, ingot_bytes(codes))
    }
  }
}
