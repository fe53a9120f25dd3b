internal import CEncodingKernels

/// The kernels of Q4_1: an F16 scale, an F16 minimum, then 16 bytes of nibbles.
public enum Q4_1 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      ingot_store_f32x32(values + block &* 128, decodeBlock(blocks + block &* 20))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      encodeBatch(values + batch &* 1024, blocks + batch &* 160)
    }
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    AffineBlocks.encode(values, weights, rowMeanSquare, batchCount, top: 15) {
      index, scale, minimum, codes in
      let block = blocks + index &* 20
      ingot_store_u16(block, scale)
      ingot_store_u16(block + 2, minimum)
      ingot_store_u8x16(block + 4, ingot_pack_nibbles(codes))
    }
  }

  @inline(__always)
  private static func decodeBlock(_ block: UnsafeRawPointer) -> SIMD32<Float> {
    let scale = ingot_one_f32_from_f16(ingot_load_u16(block))
    let minimum = ingot_one_f32_from_f16(ingot_load_u16(block + 2))
    let codes = ingot_unpack_nibbles(ingot_load_u8x16(block + 4))
    let product = ingot_multiply(ingot_floats(ingot_codes_from_unsigned(codes)), scale)
    let decoded = ingot_add(product, minimum)
    let isFinite = scale - scale == 0 && minimum - minimum == 0
    return isFinite ? decoded : ingot_canonical_nan(decoded)
  }

  /// Encodes eight blocks.
  @inline(__always)
  private static func encodeBatch(_ values: UnsafeRawPointer, _ blocks: UnsafeMutableRawPointer) {
    let highest = ingot_highest_values(values)
    var lowest = ingot_lowest_values(values)
    // Zeros of both signs are equal; the first one gives the sign, as in the C reference.
    let zeros = ingot_zero_lanes(lowest)
    if zeros != 0 {
      for index in 0..<8 where zeros & 1 &<< UInt8(index) != 0 {
        lowest[index] = ingot_first_of_magnitude(values + index &* 128, 0)
      }
    }
    let magnitudes = ingot_highest_magnitudes(values)
    let exact = ingot_divide_eight(ingot_distances(highest, lowest), 15)
    let scales = ingot_nan_unless_finite(exact, magnitudes)
    let minimums = ingot_nan_unless_finite(lowest, magnitudes)
    let inverses = ingot_reciprocals(scales)
    let scaleBits = ingot_eight_f16_from_f32(scales)
    let minimumBits = ingot_eight_f16_from_f32(minimums)
    let blanks = ingot_blank_lanes(scales, inverses)
    for index in 0..<8 {
      let reference = ingot_load_f32x32(values + index &* 128)
      let block = blocks + index &* 20
      ingot_store_u16(block, scaleBits[index])
      ingot_store_u16(block + 2, minimumBits[index])
      if blanks & 1 &<< UInt8(index) != 0 {
        ingot_store_u8x16(block + 4, SIMD16())
        continue
      }
      let scaled = ingot_multiply(ingot_subtract(reference, minimums[index]), inverses[index])
      let codes = ingot_truncate(ingot_add(scaled, 0.5), 15)
      let bytes = ingot_bytes(codes)
      ingot_store_u8x16(block + 4, ingot_pack_nibbles(bytes))
    }
  }
}
