internal import CEncodingKernels

/// The kernels of Q6_K: 128 bytes of lower bits, 64 of upper bits, 16 scales and an F16 scale.
public enum Q6_K {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let block = blocks + batch &* 210
      let superScale = ingot_one_f32_from_f16(ingot_load_u16(block + 208))
      for part in 0..<8 {
        let (half, quarter) = (part / 4, part % 4)
        let lower = ingot_shifted_right(
          ingot_load_u8x32(block + half &* 64 + quarter % 2 &* 32), Int32(quarter / 2 &* 4))
        let upper = ingot_shifted_right(
          ingot_load_u8x32(block + 128 + half &* 32), Int32(quarter &* 2))
        let codes = ingot_with_bits(
          ingot_masked(lower, 15), ingot_shifted_left(ingot_masked(upper, 3), 4))
        let scales = (
          superScale * Float(ingot_load_i8(block + 192 + part &* 2)),
          superScale * Float(ingot_load_i8(block + 193 + part &* 2))
        )
        let decoded = ingot_multiply_halves(
          ingot_subtract(ingot_floats(ingot_codes_from_unsigned(codes)), 32), scales.0, scales.1)
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
    SuperBlockScratch.withScratch { scratch in
      for batch in 0..<batchCount {
        scratch.load(values + batch &* 1024)
        scratch.weighBySquares()
        encodeBatch(values + batch &* 1024, scratch, blocks + batch &* 210)
      }
    }
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    SuperBlockScratch.withScratch { scratch in
      for batch in 0..<batchCount {
        scratch.load(values + batch &* 1024)
        scratch.loadWeights(weights + batch &* 1024)
        encodeBatch(values + batch &* 1024, scratch, blocks + batch &* 210)
      }
    }
  }

  @inline(__always)
  private static func encodeBatch(
    _ values: UnsafeRawPointer, _ scratch: SuperBlockScratch, _ block: UnsafeMutableRawPointer
  ) {
    let areFinite = scratch.searchSymmetric(limit: 32)
    let peak = scratch.peakOfScales()
    guard areFinite, peak.magnitude >= 1e-15 else {
      for index in 0..<6 { ingot_store_u8x32(block + index &* 32, SIMD32()) }
      ingot_store_u8x16(block + 192, SIMD16())
      ingot_store_u16(block + 208, areFinite ? 0 : 0x7E00)
      return
    }
    let inverse = -128 / peak
    let superScaleBits = ingot_one_f16_from_f32(1 / inverse)
    ingot_store_u16(block + 208, superScaleBits)
    let superScale = ingot_one_f32_from_f16(superScaleBits)
    for group in 0..<2 {
      let scaled = ingot_times(ingot_all(inverse), ingot_load_f32x8(scratch.scales + group &* 32))
      let codes = ingot_nearest_integer_between(scaled, -128, 127)
      ingot_store_u8x8(block + 192 + group &* 8, ingot_lanes_as_bytes(codes))
      ingot_store_f32x8(
        scratch.scales + group &* 32,
        ingot_times(ingot_all(superScale), ingot_lanes_as_floats(codes)))
    }
    scratch.storeCodes(of: values, limit: 32) { part, index in
      scratch.symmetricCode(of: values, part: part, index: index, limit: 32)
    }
    for half in 0..<2 {
      let codes = scratch.codes + half &* 128
      let (a, b) = (ingot_load_u8x32(codes), ingot_load_u8x32(codes + 32))
      let (c, d) = (ingot_load_u8x32(codes + 64), ingot_load_u8x32(codes + 96))
      let lower = block + half &* 64
      ingot_store_u8x32(
        lower, ingot_with_bits(ingot_masked(a, 15), ingot_shifted_left(c, 4)))
      ingot_store_u8x32(
        lower + 32, ingot_with_bits(ingot_masked(b, 15), ingot_shifted_left(d, 4)))
      let upper = ingot_with_bits(
        ingot_with_bits(
          ingot_shifted_right(a, 4), ingot_shifted_left(ingot_shifted_right(b, 4), 2)),
        ingot_with_bits(
          ingot_shifted_left(ingot_shifted_right(c, 4), 4),
          ingot_shifted_left(ingot_shifted_right(d, 4), 6)))
      ingot_store_u8x32(block + 128 + half &* 32, upper)
    }
  }
}
