internal import CEncodingKernels

/// The kernels of IQ4_NL: an F16 scale, then 16 bytes of nibbles.
public enum IQ4_NL {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for index in 0..<8 &* batchCount {
      let block = blocks + index &* 18
      let scale = ingot_one_f32_from_f16(ingot_load_u16(block))
      let decoded = ingot_multiply(ingot_iq4_block(ingot_load_u8x16(block + 2)), scale)
      ingot_store_f32x32(
        values + index &* 128, scale - scale == 0 ? decoded : ingot_canonical_nan(decoded))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    BlockScratch.withScratch { scratch in
      for batch in 0..<batchCount {
        scratch.load(values + batch &* 1024)
        scratch.weighBySquares()
        encodeBatch(values + batch &* 1024, scratch, blocks + batch &* 144)
      }
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
        scratch.load(values + batch &* 1024)
        scratch.loadWeights(weights + batch &* 1024)
        scratch.emphasize(ingot_times(scratch.sumsOfSquares(), ingot_all(2 / 32)))
        encodeBatch(values + batch &* 1024, scratch, blocks + batch &* 144)
      }
    }
  }

  @inline(__always)
  private static func encodeBatch(
    _ values: UnsafeRawPointer, _ scratch: BlockScratch, _ blocks: UnsafeMutableRawPointer
  ) {
    let lanes = CodebookLanes(scratch.values, weights: scratch.weights, tables: scratch.tables)
    let isNaN = ingot_lane_mask(ingot_is_different(lanes.scales, lanes.scales))
    let invalid = lanes.peaks.nonfiniteMask | isNaN
    let scaleBits = ingot_eight_f16_from_f32(lanes.scales)
    let inverses = ingot_inverse_or_zero(lanes.scales)
    for index in 0..<8 {
      let block = blocks + index &* 18
      if invalid & 1 &<< UInt8(index) != 0 {
        ingot_store_u16(block, 0x7E00)
        ingot_store_u8x16(block + 2, SIMD16())
        continue
      }
      ingot_store_u16(block, scaleBits[index])
      ingot_store_u8x16(
        block + 2, ingot_iq4_nibbles(values + index &* 128, inverses[index]))
    }
  }
}
