/// The 16 values of IQ4_NL and IQ4_XS, and how ggml finds a scale for them.
enum IQ4Codebook {
  /// `kvalues_iq4nl` in ggml `ggml-common.h`.
  static let values: [Float] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]

  /// The code of the value nearest to `value`, the higher of two; 15 for NaN.
  ///
  /// Source: `best_index_int8` in ggml `ggml-quants.c`, whose differences are exact wherever they
  /// decide: it goes up half way between two values.
  static func code(of value: Float) -> UInt8 {
    UInt8((0..<15).count { !(value < (values[$0] + values[$0 + 1]) / 2) })
  }

  /// Tries a scale with the peak at 127 and 15 with the peak at -120 through -134. Each gives codes,
  /// and these the scale of least Σ weight × error²; the first of the best is kept.
  ///
  /// A NaN, which only an overflow can make, is 0x7FC00000.
  /// Source: `quantize_row_iq4_nl_impl` with an `ntry` of 7 in ggml `ggml-quants.c`.
  static func scale(of block: [Float], weights: [Float]) -> Float {
    let peak = SymmetricSearch.peak(of: block)
    guard peak.magnitude >= SymmetricSearch.lowestPeak else { return 0 }
    let (dot, square) = sums(block, weights, inverse: 1 / (-peak / values[0]))
    var scale = square > 0 ? dot / square : 0
    var best = scale * dot
    for step in -7...7 {
      let inverse = (Float(step) + values[0]) / peak
      let (dot, square) = sums(block, weights, inverse: inverse)
      if square > 0, dot * dot > best * square {
        scale = dot / square
        best = scale * dot
      }
    }
    return canonical(scale)
  }

  /// Σ weight × nearest × value and Σ weight × nearest².
  private static func sums(
    _ block: [Float], _ weights: [Float], inverse: Float
  ) -> (dot: Float, square: Float) {
    var dot: Float = 0
    var square: Float = 0
    for (value, weight) in zip(block, weights) {
      let nearest = values[Int(code(of: inverse * value))]
      dot += weight * nearest * value
      square += weight * nearest * nearest
    }
    return (dot, square)
  }
}
