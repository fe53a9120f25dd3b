internal import CEncodingKernels

/// `DescentSearch` of `Encodings` on eight sub-blocks of 16 values at a time, one a lane.
///
/// A sub-block that no pass changes any more stays as it is in further ones, so lanes need not stop
/// each for itself. Most steps change nothing: a step first asks, without a division, whether the
/// quotient that decides is surely one that the code was rounded from.
typealias DescentLanes = ingot_descent_lanes

extension ingot_descent_lanes {
  /// Less than a half by more than what the roundings of a product and a quotient can do.
  private static var almostHalf: Float { 0.4999 }
  /// A quotient below this is rounded to nearest.
  private static var highestQuotient: Float { 0x1p21 }

  /// Starts with 16 vectors at `values`.
  @inline(__always)
  init(
    _ values: UnsafeRawPointer, products: UnsafeMutableRawPointer,
    squares: UnsafeMutableRawPointer, lowest: UnsafeMutableRawPointer,
    highest: UnsafeMutableRawPointer
  ) {
    self.init(
      peaks: PeakLanes(values, count: 16), dot: ingot_all(0), square: ingot_all(0),
      values: values, products: products, squares: squares, lowest: lowest, highest: highest,
      changed: -1, last: 15)
    let inverse = ingot_over(ingot_all(-4), peaks.values)
    for index in 0..<16 {
      let value = ingot_load_f32x8(values + index &* 32)
      let weight = ingot_times(value, value)
      let code = ingot_round_between(ingot_times(inverse, value), -4, 3)
      let product = ingot_times(ingot_times(weight, value), code)
      let squared = ingot_times(ingot_times(weight, code), code)
      ingot_store_f32x8(products + index &* 32, product)
      ingot_store_f32x8(squares + index &* 32, squared)
      ingot_store_f32x8(lowest + index &* 32, Self.lowest(of: code))
      ingot_store_f32x8(highest + index &* 32, Self.highest(of: code))
      dot = ingot_plus(dot, product)
      square = ingot_plus(square, squared)
    }
  }

  /// A quotient above this surely does not become a lower code.
  @inline(__always)
  private static func lowest(of code: SIMD8<Float>) -> SIMD8<Float> {
    ingot_choose(
      ingot_is_above(code, ingot_all(-4)), ingot_minus(code, ingot_all(almostHalf)),
      ingot_all(-highestQuotient))
  }

  /// A quotient below this surely does not become a higher code.
  @inline(__always)
  private static func highest(of code: SIMD8<Float>) -> SIMD8<Float> {
    ingot_choose(
      ingot_is_above(ingot_all(3), code), ingot_plus(code, ingot_all(almostHalf)),
      ingot_all(highestQuotient))
  }

  /// The code whose `lowest(of:)` this is.
  @inline(__always)
  static func code(above lowest: SIMD8<Float>) -> SIMD8<Float> {
    ingot_round_between(ingot_plus(lowest, ingot_all(almostHalf)), -4, 3)
  }

  /// Changes the codes of one element where that is better.
  @inline(__always)
  mutating func step(_ index: Int32) {
    guard index <= last else { return }
    let offset = Int(index) &* 32
    let otherDot = ingot_minus(dot, ingot_load_f32x8(products + offset))
    let otherSquare = ingot_minus(square, ingot_load_f32x8(squares + offset))
    let scaled = ingot_times(otherSquare, ingot_load_f32x8(values + offset))
    let mayChange = ingot_both(
      ingot_is_above(otherDot, ingot_all(0)),
      ingot_either(
        ingot_is_not_above(scaled, ingot_times(otherDot, ingot_load_f32x8(lowest + offset))),
        ingot_is_not_above(ingot_times(otherDot, ingot_load_f32x8(highest + offset)), scaled)))
    guard ingot_lane_mask(mayChange) != 0 else { return }
    withUnsafeMutablePointer(to: &self) { changeDescent($0, index) }
  }

  /// Looks at one element that a step could not pass over; see `changeDescent`.
  @inline(__always)
  mutating func change(_ index: Int32) {
    let offset = Int(index) &* 32
    let value = ingot_load_f32x8(values + offset)
    let code = Self.code(above: ingot_load_f32x8(lowest + offset))
    let otherDot = ingot_minus(dot, ingot_load_f32x8(products + offset))
    let otherSquare = ingot_minus(square, ingot_load_f32x8(squares + offset))
    let quotient = ingot_over(ingot_times(value, otherSquare), otherDot)
    let candidate = ingot_lanes_as_floats(ingot_nearest_integer_between(quotient, -4, 3))
    let weight = ingot_times(value, value)
    let product = ingot_times(ingot_times(weight, value), candidate)
    let squared = ingot_times(ingot_times(weight, candidate), candidate)
    let newDot = ingot_plus(otherDot, product)
    let newSquare = ingot_plus(otherSquare, squared)
    let isBetter = ingot_both(
      ingot_is_above(newSquare, ingot_all(0)),
      ingot_is_above(
        ingot_times(ingot_times(newDot, newDot), square),
        ingot_times(ingot_times(dot, dot), newSquare)))
    let changes = ingot_both(
      isBetter,
      ingot_both(
        ingot_is_above(otherDot, ingot_all(0)), ingot_is_different(candidate, code)))
    guard ingot_lane_mask(changes) != 0 else { return }
    changed = index
    last = 15
    dot = ingot_choose(changes, newDot, dot)
    square = ingot_choose(changes, newSquare, square)
    Self.replace(products + offset, product, where: changes)
    Self.replace(squares + offset, squared, where: changes)
    Self.replace(lowest + offset, Self.lowest(of: candidate), where: changes)
    Self.replace(highest + offset, Self.highest(of: candidate), where: changes)
  }

  @inline(__always)
  private static func replace(
    _ lanes: UnsafeMutableRawPointer, _ new: SIMD8<Float>, where changes: SIMD8<Int32>
  ) {
    ingot_store_f32x8(lanes, ingot_choose(changes, new, ingot_load_f32x8(lanes)))
  }

  /// Makes ready for another pass. It needs to go no further than to the last element that has
  /// changed: those after it have been seen with the sums that there are now.
  @inline(__always)
  mutating func beginPass() {
    last = changed
    changed = -1
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

/// A step that may change something, in `lanes`, a `DescentLanes`.
///
/// Never inlined: it is seldom called, and what it needs would take the registers of the other steps. A
/// private function or a static one would be specialised, and that is a weak symbol.
@inline(never)
public func changeDescent(_ lanes: UnsafeMutableRawPointer, _ index: Int32) {
  lanes.assumingMemoryBound(to: DescentLanes.self).pointee.change(index)
}
