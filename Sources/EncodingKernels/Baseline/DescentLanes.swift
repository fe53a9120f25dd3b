internal import CEncodingKernels

/// `DescentSearch` of `Encodings` on eight sub-blocks of 16 values at a time, one a lane.
///
/// A sub-block that no pass changes any more stays as it is in further ones, so lanes need not stop
/// each for itself.
typealias DescentLanes = ingot_descent_lanes

extension ingot_descent_lanes {
  /// Starts with 16 vectors at `values`, whose squares are at `weights`; codes, as floats, go to
  /// `codes`.
  @inline(__always)
  init(
    _ values: UnsafeRawPointer, weights: UnsafeRawPointer, codes: UnsafeMutableRawPointer
  ) {
    self.init(
      peaks: PeakLanes(values, count: 16), dot: ingot_all(0), square: ingot_all(0),
      changed: SIMD8(), values: values, weights: weights, codes: codes)
    let inverse = ingot_over(ingot_all(-4), peaks.values)
    for index in 0..<16 {
      let value = ingot_load_f32x8(values + index &* 32)
      let weight = ingot_load_f32x8(weights + index &* 32)
      let code = ingot_round_between(ingot_times(inverse, value), -4, 3)
      ingot_store_f32x8(codes + index &* 32, code)
      dot = ingot_plus(dot, ingot_times(ingot_times(weight, value), code))
      square = ingot_plus(square, ingot_times(ingot_times(weight, code), code))
    }
  }

  /// Changes the codes of one element where that is better.
  @inline(__always)
  mutating func step(_ index: Int) {
    let value = ingot_load_f32x8(values + index &* 32)
    let weight = ingot_load_f32x8(weights + index &* 32)
    let code = ingot_load_f32x8(codes + index &* 32)
    let weighted = ingot_times(weight, value)
    let otherDot = ingot_minus(dot, ingot_times(weighted, code))
    let otherSquare = ingot_minus(square, ingot_times(ingot_times(weight, code), code))
    let quotient = ingot_over(ingot_times(value, otherSquare), otherDot)
    let candidate = ingot_lanes_as_floats(ingot_nearest_integer_between(quotient, -4, 3))
    let isPossible = ingot_both(
      ingot_is_above(otherDot, ingot_all(0)), ingot_is_different(candidate, code))
    // Most steps change nothing, and then the next one need not wait.
    guard ingot_lane_mask(isPossible) != 0 else { return }
    let newDot = ingot_plus(otherDot, ingot_times(weighted, candidate))
    let newSquare = ingot_plus(
      otherSquare, ingot_times(ingot_times(weight, candidate), candidate))
    let isBetter = ingot_both(
      ingot_is_above(newSquare, ingot_all(0)),
      ingot_is_above(
        ingot_times(ingot_times(newDot, newDot), square),
        ingot_times(ingot_times(dot, dot), newSquare)))
    let changes = ingot_both(isPossible, isBetter)
    ingot_store_f32x8(codes + index &* 32, ingot_choose(changes, candidate, code))
    dot = ingot_choose(changes, newDot, dot)
    square = ingot_choose(changes, newSquare, square)
    changed = ingot_either(changed, changes)
  }

  /// Whether a lane has changed since the last question.
  @inline(__always)
  mutating func hasChanged() -> Bool {
    defer { changed = SIMD8() }
    return ingot_lane_mask(changed) != 0
  }

  /// What was found; 0 where the peak counts as zero.
  var scales: SIMD8<Float> {
    @inline(__always) get {
      let zero = ingot_all(0)
      let found = ingot_choose(
        ingot_is_above(square, zero), ingot_over(dot, square), zero)
      return ingot_choose(peaks.areCounted, ingot_canonical_lanes(found), zero)
    }
  }
}
