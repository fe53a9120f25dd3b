internal import CEncodingKernels

/// The kernels of NVFP4: four UE4M3 scales, then 32 bytes of nibbles.
public enum NVFP4 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for pair in 0..<2 &* batchCount {
      let source = blocks + pair &* 72
      let target = values + pair &* 512
      let scales = ingot_half_ue4m3_values(
        ingot_load_four_bytes(source), ingot_load_four_bytes(source + 36))
      for half in 0..<4 {
        let offset = 4 &+ half / 2 &* 36 &+ half % 2 &* 16
        ingot_store_f32x32(
          target + half &* 128,
          ingot_scaled_e2m1_pairs(
            ingot_load_u8x16(source + offset), scales[half &* 2], scales[half &* 2 &+ 1]))
      }
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for pair in 0..<2 &* batchCount {
      let source = values + pair &* 512
      let highest = ingot_highest_of_sixteens(source)
      let exact = ingot_divide_eight(ingot_eight_from_bits(highest), 6)
      encodePair(source, ingot_ue4m3_codes(exact, highest), blocks + pair &* 72)
    }
  }

  /// As `encode`, but each scale is the one of `offsets` from the nearest with the lowest sum of
  /// squared errors, each weighted if there are `weights`. The first of equals wins; the nearest
  /// itself comes before all.
  ///
  /// `scratch` has room for 128 floats.
  @inline(never)
  public static func encodeSearching(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer?, _ offsets: UnsafeRawPointer,
    _ offsetCount: Int, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer,
    _ scratch: UnsafeMutableRawPointer
  ) {
    for pair in 0..<2 &* batchCount {
      let source = values + pair &* 512
      let groupWeights = weights.map { $0 + pair &* 512 }
      let highest = ingot_highest_of_sixteens(source)
      let exact = ingot_divide_eight(ingot_eight_from_bits(highest), 6)
      let nearest = ingot_ue4m3_codes(exact, highest)
      loadColumns(source, scratch)
      var best = nearest
      var lowest = errors(scratch, groupWeights, nearest)
      for index in 0..<offsetCount {
        let offset = Int32(bitPattern: ingot_load_u32(offsets + index &* 4))
        let candidates = ingot_neighbour_scales(nearest, offset)
        let sums = errors(scratch, groupWeights, candidates)
        best = ingot_better_scales(best, lowest, candidates, sums)
        lowest = ingot_lower_of_eight(sums, lowest)
      }
      encodePair(source, ingot_zero_unless_finite(best, highest), blocks + pair &* 72)
    }
  }

  /// As `encode`, but each scale maps the highest magnitude to 6 or to 4, whichever has the lower
  /// sum of squared errors; 6 if both have the same.
  ///
  /// `scratch` has room for 128 floats.
  @inline(never)
  public static func encodeFourOverSix(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer?, _ batchCount: Int,
    _ blocks: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
  ) {
    for pair in 0..<2 &* batchCount {
      let source = values + pair &* 512
      let groupWeights = weights.map { $0 + pair &* 512 }
      let highest = ingot_highest_of_sixteens(source)
      let magnitudes = ingot_eight_from_bits(highest)
      let sixes = ingot_ue4m3_codes(ingot_divide_eight(magnitudes, 6), highest)
      let fours = ingot_ue4m3_codes(ingot_divide_eight(magnitudes, 4), highest)
      loadColumns(source, scratch)
      let best = ingot_better_scales(
        sixes, errors(scratch, groupWeights, sixes), fours, errors(scratch, groupWeights, fours))
      encodePair(source, ingot_zero_unless_finite(best, highest), blocks + pair &* 72)
    }
  }

  /// Element i of each of eight groups of 16, one after the other.
  @inline(__always)
  private static func loadColumns(_ values: UnsafeRawPointer, _ scratch: UnsafeMutableRawPointer) {
    for index in 0..<16 {
      ingot_store_f32x8(
        scratch + index &* 32,
        ingot_magnitudes_of_eight(ingot_across_sixteens(values, Int64(index))))
    }
  }

  /// The sums of squared errors of eight groups with these scales, added in order.
  @inline(__always)
  private static func errors(
    _ columns: UnsafeMutableRawPointer, _ weights: UnsafeRawPointer?, _ codes: SIMD8<Int32>
  ) -> SIMD8<Float> {
    let scales = ingot_ue4m3_values(codes)
    var sums = SIMD8<Float>()
    for index in 0..<16 {
      let column = ingot_load_f32x8(columns + index &* 32)
      var squares = ingot_squared_e2m1_error(column, scales)
      if let weights {
        squares = ingot_eight_product(squares, ingot_across_sixteens(weights, Int64(index)))
      }
      sums = ingot_eight_sum(sums, squares)
    }
    return sums
  }

  /// Encodes two blocks with these scales.
  @inline(__always)
  private static func encodePair(
    _ values: UnsafeRawPointer, _ codes: SIMD8<Int32>, _ blocks: UnsafeMutableRawPointer
  ) {
    let scales = ingot_nan_if_zero(ingot_ue4m3_values(codes))
    ingot_store_scales(blocks, blocks + 36, codes)
    for half in 0..<4 {
      let offset = 4 &+ half / 2 &* 36 &+ half % 2 &* 16
      ingot_store_u8x16(
        blocks + offset,
        ingot_e2m1_pairs(
          ingot_load_f32x32(values + half &* 128), scales[half &* 2], scales[half &* 2 &+ 1]))
    }
  }
}
