/// The float of four bits: a sign, two bits of exponent and one of mantissa.
enum E2M1 {
  /// The doubled values of the 16 codes; code 8 is a zero without a sign, as the reference decodes
  /// it. Source: `kvalues_fp4` in ggml `ggml-common.h`.
  static let doubled: [Float] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]

  /// The code of `value` / `scale`, rounded to nearest, ties to even, at most 6; the zero has no
  /// sign. `scale` has at most 20 significant bits, so that the middles are exact.
  static func nearestCode(_ value: Float, scale: Float) -> UInt8 {
    let magnitude = value.magnitude
    var code: UInt8 = 0
    if magnitude > 0.25 * scale { code = 1 }
    if magnitude >= 0.75 * scale { code = 2 }
    if magnitude > 1.25 * scale { code = 3 }
    if magnitude >= 1.75 * scale { code = 4 }
    if magnitude > 2.5 * scale { code = 5 }
    if magnitude >= 3.5 * scale { code = 6 }
    if magnitude > 5 * scale { code = 7 }
    return code > 0 && value < 0 ? code | 8 : code
  }
}
