internal import CEncodingKernels

/// `SymmetricSearch` of `Encodings` on the scales of one super-block: a lane is one of the 19
/// inverses that it tries.
typealias SymmetricTries = ingot_symmetric_tries

extension ingot_symmetric_tries {
  /// Searches 16 floats, whatever they are, with as many weights.
  @inline(__always)
  init(_ values: UnsafeRawPointer, weights: UnsafeRawPointer, limit: Int32) {
    self.init(scale: 0, inverse: 0, isBlank: true)
    var peak: Float = 0
    for index in 0..<16 {
      let value = ingot_load_f32(values + index &* 4)
      if value.magnitude > peak.magnitude { peak = value }
    }
    guard peak.magnitude >= 1e-15 else { return }
    isBlank = false
    let first = Tries(SIMD8(0, -9, -8, -7, -6, -5, -4, -3), peak, limit, values, weights)
    let second = Tries(SIMD8(-2, -1, 1, 2, 3, 4, 5, 6), peak, limit, values, weights)
    let third = Tries(SIMD8(7, 8, 9, 9, 9, 9, 9, 9), peak, limit, values, weights)
    inverse = first.inverse[0]
    scale = first.square[0] == 0 ? 0 : first.dot[0] / first.square[0]
    var best = scale * first.dot[0]
    for lane in 1..<8 { improve(&best, first, lane) }
    for lane in 0..<8 { improve(&best, second, lane) }
    for lane in 0..<3 { improve(&best, third, lane) }
    if scale.isNaN { scale = .nan }
  }

  @inline(__always)
  private mutating func improve(_ best: inout Float, _ tries: Tries, _ lane: Int) {
    let (dot, square) = (tries.dot[lane], tries.square[lane])
    guard square > 0, dot * dot > best * square else { return }
    inverse = tries.inverse[lane]
    scale = dot / square
    best = scale * dot
  }

  private struct Tries {
    var inverse: SIMD8<Float>
    var dot = ingot_all(0)
    var square = ingot_all(0)

    @inline(__always)
    init(
      _ steps: SIMD8<Float>, _ peak: Float, _ limit: Int32, _ values: UnsafeRawPointer,
      _ weights: UnsafeRawPointer
    ) {
      let limits = ingot_plus(ingot_all(Float(limit)), ingot_times(ingot_all(0.1), steps))
      inverse = ingot_over(ingot_minus(ingot_all(0), limits), ingot_all(peak))
      for index in 0..<16 {
        let value = ingot_load_f32(values + index &* 4)
        let weight = ingot_load_f32(weights + index &* 4)
        let code = ingot_lanes_as_floats(
          ingot_nearest_integer_between(
            ingot_times(inverse, ingot_all(value)), -limit, limit &- 1))
        dot = ingot_plus(dot, ingot_times(ingot_all(weight * value), code))
        square = ingot_plus(square, ingot_times(ingot_times(ingot_all(weight), code), code))
      }
    }
  }
}
