internal import CEncodingKernels

/// The kernels of Q5_0: an F16 scale, 32 fifth bits, then 16 bytes of nibbles.
public enum Q5_0 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      ingot_store_f32x32(values + block &* 128, decodeBlock(blocks + block &* 22))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      encodeBatch(values + batch &* 1024, blocks + batch &* 176)
    }
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    BlockScratch.withScratch { scratch in
      for batch in 0..<batchCount {
        let source = values + batch &* 1024
        scratch.load(source)
        scratch.loadWeights(weights + batch &* 1024)
        scratch.emphasize(ingot_all(rowMeanSquare))
        let found = scratch.searchSymmetric(limit: 16)
        for index in 0..<8 {
          let bytes = BlockScratch.symmetricCodes(
            of: source + index &* 128, inverse: found.inverses[index], limit: 16)
          let block = blocks + (batch &* 8 &+ index) &* 22
          ingot_store_u16(block, found.scaleBits[index])
          ingot_store_u32(block + 2, ingot_pack_fifth_bits(bytes))
          ingot_store_u8x16(block + 6, ingot_pack_nibbles(bytes))
        }
      }
    }
  }

  @inline(__always)
  private static func decodeBlock(_ block: UnsafeRawPointer) -> SIMD32<Float> {
    let scale = ingot_one_f32_from_f16(ingot_load_u16(block))
    let codes = ingot_with_fifth_bits(
      ingot_unpack_nibbles(ingot_load_u8x16(block + 6)), ingot_load_u32(block + 2))
    let signed = ingot_subtract(ingot_floats(ingot_codes_from_unsigned(codes)), 16)
    let decoded = ingot_multiply(signed, scale)
    return scale - scale == 0 ? decoded : ingot_canonical_nan(decoded)
  }

  /// Encodes eight blocks.
  @inline(__always)
  private static func encodeBatch(_ values: UnsafeRawPointer, _ blocks: UnsafeMutableRawPointer) {
    let peaks = ingot_peaks(values)
    let highest = ingot_magnitude_bits_of_eight(peaks)
    let scales = ingot_nan_unless_finite(ingot_divide_eight(peaks, -16), highest)
    let inverses = ingot_reciprocals(scales)
    let scaleBits = ingot_eight_f16_from_f32(scales)
    let blanks = ingot_blank_lanes(scales, inverses)
    for index in 0..<8 {
      let reference = ingot_load_f32x32(values + index &* 128)
      let block = blocks + index &* 22
      ingot_store_u16(block, scaleBits[index])
      if blanks & 1 &<< UInt8(index) != 0 {
        ingot_store_u32(block + 2, 0)
        ingot_store_u8x16(block + 6, SIMD16())
        continue
      }
      let scaled = ingot_multiply(reference, inverses[index])
      let codes = ingot_truncate(ingot_add(scaled, 16.5), 31)
      let bytes = ingot_bytes(codes)
      ingot_store_u32(block + 2, ingot_pack_fifth_bits(bytes))
      ingot_store_u8x16(block + 6, ingot_pack_nibbles(bytes))
    }
  }
}
