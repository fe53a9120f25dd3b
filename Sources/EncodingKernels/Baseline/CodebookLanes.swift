internal import CEncodingKernels

/// `IQ4Codebook.scale` of `Encodings` on eight sub-blocks of 32 values at a time, one a lane.
///
/// The 15 inverses that put the peak at -120 through -134 differ by less than the distances of the
/// codebook's thresholds: a value passes one of them at most on the way from the lowest inverse to
/// the highest. So the products for the codes on both sides of that threshold are made once, and
/// each inverse takes one comparison a value.
typealias CodebookLanes = ingot_codebook_lanes

extension ingot_codebook_lanes {
  /// Bytes of room that `init` takes at `tables`.
  static var tableByteCount: Int { 32 * 160 }

  @inline(__always)
  init(
    _ values: UnsafeRawPointer, weights: UnsafeRawPointer, tables: UnsafeMutableRawPointer
  ) {
    let zero = ingot_all(0)
    self.init(peaks: PeakLanes(values, count: 32), scales: zero)
    let opposite = ingot_over(ingot_all(1), ingot_over(peaks.values, ingot_all(127)))
    let lowest = ingot_over(ingot_all(-120), peaks.values)
    var dot = zero
    var square = zero
    for index in 0..<32 {
      let value = ingot_load_f32x8(values + index &* 32)
      let weight = ingot_load_f32x8(weights + index &* 32)
      let nearest = ingot_iq4_values(ingot_iq4_codes(ingot_times(opposite, value)))
      let weighted = ingot_times(weight, nearest)
      dot = ingot_plus(dot, ingot_times(weighted, value))
      square = ingot_plus(square, ingot_times(weighted, nearest))
      Self.storeTable(value, weight, lowest, tables + index &* 160)
    }
    scales = ingot_choose(ingot_is_above(square, zero), ingot_over(dot, square), zero)
    var best = ingot_times(scales, dot)
    for group in 0..<5 {
      let peak = Float(3 &* group &- 134)
      let inverses = (
        ingot_over(ingot_all(peak), peaks.values), ingot_over(ingot_all(peak + 1), peaks.values),
        ingot_over(ingot_all(peak + 2), peaks.values)
      )
      var sums = (Sums(), Sums(), Sums())
      for index in 0..<32 {
        let value = ingot_load_f32x8(values + index &* 32)
        let table = UnsafeRawPointer(tables + index &* 160)
        sums.0.add(ingot_times(inverses.0, value), table)
        sums.1.add(ingot_times(inverses.1, value), table)
        sums.2.add(ingot_times(inverses.2, value), table)
      }
      improve(&best, sums.0)
      improve(&best, sums.1)
      improve(&best, sums.2)
    }
    scales = ingot_choose(peaks.areCounted, ingot_canonical_lanes(scales), zero)
  }

  private struct Sums {
    var dot = ingot_all(0)
    var square = ingot_all(0)

    @inline(__always)
    mutating func add(_ scaled: SIMD8<Float>, _ table: UnsafeRawPointer) {
      let isAbove = ingot_is_not_below(scaled, ingot_load_f32x8(table))
      dot = ingot_plus(
        dot,
        ingot_choose(isAbove, ingot_load_f32x8(table + 64), ingot_load_f32x8(table + 32)))
      square = ingot_plus(
        square,
        ingot_choose(isAbove, ingot_load_f32x8(table + 128), ingot_load_f32x8(table + 96)))
    }
  }

  /// Five vectors: the threshold, weight × nearest × value below and above it, and weight × nearest²
  /// below and above it.
  @inline(__always)
  private static func storeTable(
    _ value: SIMD8<Float>, _ weight: SIMD8<Float>, _ inverse: SIMD8<Float>,
    _ table: UnsafeMutableRawPointer
  ) {
    let codes = ingot_iq4_outer_bounds(ingot_times(inverse, value))
    let below = ingot_iq4_values(codes)
    let above = ingot_iq4_values(ingot_next_codes(codes))
    let weightedBelow = ingot_times(weight, below)
    let weightedAbove = ingot_times(weight, above)
    ingot_store_f32x8(table, ingot_iq4_bounds(codes))
    ingot_store_f32x8(table + 32, ingot_times(weightedBelow, value))
    ingot_store_f32x8(table + 64, ingot_times(weightedAbove, value))
    ingot_store_f32x8(table + 96, ingot_times(weightedBelow, below))
    ingot_store_f32x8(table + 128, ingot_times(weightedAbove, above))
  }

  @inline(__always)
  private mutating func improve(_ best: inout SIMD8<Float>, _ sums: Sums) {
    let isBetter = ingot_both(
      ingot_is_above(sums.square, ingot_all(0)),
      ingot_is_above(ingot_times(sums.dot, sums.dot), ingot_times(best, sums.square)))
    let scale = ingot_over(sums.dot, sums.square)
    scales = ingot_choose(isBetter, scale, scales)
    best = ingot_choose(isBetter, ingot_times(scale, sums.dot), best)
  }
}
