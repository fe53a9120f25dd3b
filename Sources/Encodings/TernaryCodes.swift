/// What the types whose scale is the highest magnitude share: TQ1_0, TQ2_0 and Q2_0.
enum TernaryCodes {
  /// The highest magnitude and its reciprocal, or 0 for one that is not finite; nil if a value is
  /// not finite.
  static func scale(_ values: UnsafeBufferPointer<Float>) -> (scale: Float, inverse: Float)? {
    guard values.allSatisfy(\.isFinite) else { return nil }
    let scale = values.reduce(0) { max($0, $1.magnitude) }
    let inverse = 1 / scale
    return (scale, inverse.isFinite ? inverse : 0)
  }

  /// `value` × `inverse` rounded to nearest, halves away from zero, plus 1: 0, 1 or 2.
  static func code(_ value: Float, _ inverse: Float) -> Int {
    let scaled = value * inverse
    return scaled >= 0.5 ? 2 : scaled <= -0.5 ? 0 : 1
  }
}
