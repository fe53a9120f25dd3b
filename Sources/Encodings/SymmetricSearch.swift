/// How ggml finds a scale for values whose codes lie about zero: it tries some and keeps the one
/// with the least weighted error.
enum SymmetricSearch {
  /// A peak below this counts as zero: `GROUP_MAX_EPS` in ggml.
  static let lowestPeak: Float = 1e-15

  /// What a search found; a code of -`limit` is stored as 0.
  struct Result {
    var scale: Float
    var codes: [UInt8]
  }

  /// The value of highest magnitude, the first of equals; 0 if there is none but zeros and NaNs.
  static func peak(of values: [Float]) -> Float {
    values.reduce(0) { $1.magnitude > $0.magnitude ? $1 : $0 }
  }

  /// `value` × `inverse`, rounded, in -`limit` ..< `limit`.
  static func code(of value: Float, inverse: Float, limit: Int32) -> Int32 {
    max(-limit, min(limit - 1, nearestInteger(inverse * value)))
  }

  /// `value` / `scale`, rounded, in -`limit` ..< `limit`, plus `limit`.
  static func storedCode(of value: Float, scale: Float, limit: Int32) -> UInt8 {
    UInt8(max(-limit, min(limit - 1, nearestInteger(value / scale))) + limit)
  }

  /// Tries the 19 inverses -(`limit` + 0.1 × step) / peak for steps of -9 through 9, 0 first. Each
  /// gives codes, and these the scale of least Σ weight × error²; the first of the best is kept.
  ///
  /// A NaN among the results, which only an overflow can make, is 0x7FC00000.
  /// Source: `make_qx_quants` with `rmse_type` 1 in ggml `ggml-quants.c`.
  static func search(_ values: [Float], weights: [Float], limit: Int32) -> Result {
    let peak = peak(of: values)
    guard peak.magnitude >= lowestPeak else {
      return Result(scale: 0, codes: [UInt8](repeating: 0, count: values.count))
    }
    var inverse = -Float(limit) / peak
    var (dot, square) = sums(values, weights, inverse, limit)
    var scale = square == 0 ? 0 : dot / square
    var best = scale * dot
    for step in -9...9 where step != 0 {
      let candidate = -(Float(limit) + 0.1 * Float(step)) / peak
      (dot, square) = sums(values, weights, candidate, limit)
      if square > 0, dot * dot > best * square {
        inverse = candidate
        scale = dot / square
        best = scale * dot
      }
    }
    let codes = values.map { UInt8(code(of: $0, inverse: inverse, limit: limit) + limit) }
    return Result(scale: canonical(scale), codes: codes)
  }

  /// Σ weight × value × code and Σ weight × code².
  private static func sums(
    _ values: [Float], _ weights: [Float], _ inverse: Float, _ limit: Int32
  ) -> (dot: Float, square: Float) {
    var dot: Float = 0
    var square: Float = 0
    for (value, weight) in zip(values, weights) {
      let code = Float(code(of: value, inverse: inverse, limit: limit))
      dot += weight * value * code
      square += weight * code * code
    }
    return (dot, square)
  }
}
