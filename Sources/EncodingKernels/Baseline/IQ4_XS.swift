internal import CEncodingKernels

/// The kernels of IQ4_XS: an F16 scale, 2 + 4 bytes of 6-bit scales, then 128 bytes of nibbles.
public enum IQ4_XS {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let block = blocks + batch &* 136
      let superScale = ingot_one_f32_from_f16(ingot_load_u16(block))
      let upper = UInt32(ingot_load_u16(block + 2))
      let lower = ingot_load_u32(block + 4)
      for part in 0..<8 {
        let code = lower &>> UInt32(4 &* part) & 15 | (upper &>> UInt32(2 &* part) & 3) &<< 4
        let scale = superScale * Float(Int32(code) &- 32)
        let decoded = ingot_multiply(
          ingot_iq4_block(ingot_load_u8x16(block + 8 + part &* 16)), scale)
        ingot_store_f32x32(
          values + batch &* 1024 + part &* 128,
          superScale - superScale == 0 ? decoded : ingot_canonical_nan(decoded))
      }
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
        encodeBatch(values + batch &* 1024, scratch, blocks + batch &* 136)
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
        let sum = ingot_sum_of_squares(values + batch &* 1024)
        scratch.emphasize(ingot_all(sum * (2 / 256)))
        encodeBatch(values + batch &* 1024, scratch, blocks + batch &* 136)
      }
    }
  }

  @inline(__always)
  private static func encodeBatch(
    _ values: UnsafeRawPointer, _ scratch: BlockScratch, _ block: UnsafeMutableRawPointer
  ) {
    let lanes = CodebookLanes(scratch.values, weights: scratch.weights, tables: scratch.tables)
    guard lanes.peaks.areFinite else {
      for index in 0..<4 { ingot_store_u8x32(block + index &* 32, SIMD32()) }
      ingot_store_u8x16(block + 120, SIMD16())
      ingot_store_u16(block, 0x7E00)
      return
    }
    var peak: Float = 0
    for index in 0..<8 where lanes.scales[index].magnitude > peak.magnitude {
      peak = lanes.scales[index]
    }
    let superScale = -peak / 32
    let inverse = superScale == 0 ? 0 : 1 / superScale
    let codes = ingot_nearest_integer_between(
      ingot_times(ingot_all(inverse), lanes.scales), -32, 31)
    let inverses = ingot_inverse_or_zero(
      ingot_times(ingot_all(superScale), ingot_lanes_as_floats(codes)))
    ingot_store_u16(block, ingot_one_f16_from_f32(superScale))
    var lower: UInt32 = 0
    var upper: UInt32 = 0
    for index in 0..<8 {
      let stored = UInt32(truncatingIfNeeded: codes[index] &+ 32)
      lower |= (stored & 15) &<< UInt32(4 &* index)
      upper |= (stored &>> 4) &<< UInt32(2 &* index)
      ingot_store_u8x16(
        block + 8 + index &* 16, ingot_iq4_nibbles(values + index &* 128, inverses[index]))
    }
    ingot_store_u16(block + 2, UInt16(truncatingIfNeeded: upper))
    ingot_store_u32(block + 4, lower)
  }
}
