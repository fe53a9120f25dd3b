/// How ggml fills Q3_K without an importance matrix: it changes one code after the other while the
/// error, weighted by value², falls.
enum DescentSearch {
  /// Starts at the codes of -4 / peak and goes over the values up to five times. A code changes to
  /// the nearest for the scale that the others would have, if that is another and better.
  ///
  /// The codes are stored plus 4. A NaN as the scale, which only an overflow can make, is
  /// 0x7FC00000. Source: `make_q3_quants` with `do_rmse` in ggml `ggml-quants.c`.
  static func search(_ values: [Float]) -> SymmetricSearch.Result {
    let peak = SymmetricSearch.peak(of: values)
    guard peak.magnitude >= SymmetricSearch.lowestPeak else {
      return .init(scale: 0, codes: [UInt8](repeating: 0, count: values.count))
    }
    let inverse = -4 / peak
    var codes = values.map {
      SymmetricSearch.code(of: $0, inverse: inverse, limit: 4)
    }
    var dot: Float = 0
    var square: Float = 0
    for (value, code) in zip(values, codes) {
      let weight = value * value
      dot += weight * value * Float(code)
      square += weight * Float(code) * Float(code)
    }
    for _ in 0..<5 {
      var isChanged = false
      for (index, value) in values.enumerated() {
        let weight = value * value
        let code = Float(codes[index])
        var otherDot = dot - weight * value * code
        guard otherDot > 0 else { continue }
        var otherSquare = square - weight * code * code
        let candidate = max(
          -4, min(3, nearestInteger(value * otherSquare / otherDot)))
        guard candidate != codes[index] else { continue }
        otherDot += weight * value * Float(candidate)
        otherSquare += weight * Float(candidate) * Float(candidate)
        if otherSquare > 0, otherDot * otherDot * square > dot * dot * otherSquare {
          codes[index] = candidate
          dot = otherDot
          square = otherSquare
          isChanged = true
        }
      }
      if !isChanged { break }
    }
    return .init(
      scale: canonical(square > 0 ? dot / square : 0), codes: codes.map { UInt8($0 + 4) })
  }
}
