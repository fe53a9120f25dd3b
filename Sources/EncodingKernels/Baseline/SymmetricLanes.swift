internal import CEncodingKernels

/// `SymmetricSearch` of `Encodings` on eight sub-blocks at a time, one a lane.
typealias SymmetricLanes = ingot_symmetric_lanes

extension ingot_symmetric_lanes {
  /// Searches `count` elements in steps of 32 bytes at `values`; `weights` are laid out likewise.
  /// `products` has the room for as much and gets weight × value.
  @inline(__always)
  init(
    _ values: UnsafeRawPointer, weights: UnsafeRawPointer, products: UnsafeMutableRawPointer,
    count: Int, limit: Float
  ) {
    let zero = ingot_all(0)
    self.init(peaks: PeakLanes(values, count: count), scales: zero, inverses: zero)
    for index in 0..<count {
      let offset = index &* 32
      ingot_store_f32x8(
        products + offset,
        ingot_times(ingot_load_f32x8(weights + offset), ingot_load_f32x8(values + offset)))
    }
    let memory = (values: values, weights: weights, products: UnsafeRawPointer(products))
    inverses = ingot_over(ingot_all(-limit), peaks.values)
    let first = Self.sums(memory, count, limit, inverses)
    scales = ingot_choose(
      ingot_is_equal(first.square, zero), zero, ingot_over(first.dot, first.square))
    var best = ingot_times(scales, first.dot)
    for index in 0..<18 {
      let step = Float(index < 9 ? index &- 9 : index &- 8)
      let candidate = ingot_over(ingot_all(-(limit + 0.1 * step)), peaks.values)
      let sums = Self.sums(memory, count, limit, candidate)
      let isBetter = ingot_both(
        ingot_is_above(sums.square, zero),
        ingot_is_above(ingot_times(sums.dot, sums.dot), ingot_times(best, sums.square)))
      let scale = ingot_over(sums.dot, sums.square)
      inverses = ingot_choose(isBetter, candidate, inverses)
      scales = ingot_choose(isBetter, scale, scales)
      best = ingot_choose(isBetter, ingot_times(scale, sums.dot), best)
    }
    scales = ingot_choose(peaks.areCounted, ingot_canonical_lanes(scales), zero)
    inverses = ingot_choose(peaks.areCounted, inverses, zero)
  }

  @inline(__always)
  private static func sums(
    _ memory: (values: UnsafeRawPointer, weights: UnsafeRawPointer, products: UnsafeRawPointer),
    _ count: Int, _ limit: Float, _ inverse: SIMD8<Float>
  ) -> (dot: SIMD8<Float>, square: SIMD8<Float>) {
    var dot = ingot_all(0)
    var square = dot
    for index in 0..<count {
      let offset = index &* 32
      let scaled = ingot_times(inverse, ingot_load_f32x8(memory.values + offset))
      let code = ingot_round_between(scaled, -limit, limit - 1)
      dot = ingot_plus(dot, ingot_times(ingot_load_f32x8(memory.products + offset), code))
      let weighted = ingot_times(ingot_load_f32x8(memory.weights + offset), code)
      square = ingot_plus(square, ingot_times(weighted, code))
    }
    return (dot, square)
  }
}
