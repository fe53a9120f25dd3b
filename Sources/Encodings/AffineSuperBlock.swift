/// How Q4_K, Q5_K and Q2_K choose the numbers of a super-block of 256 values: each sub-block gets
/// a scale and a minimum by `AffineSearch`; these are in turn coded against two scales of the
/// super-block; the codes of the values are then made anew from what was stored.
///
/// Values are finite. Arithmetic that overflows F32 gives the result that the reference gives.
/// Source: `quantize_row_q4_K_ref`, `quantize_row_q4_K_impl` and their likes in ggml
/// `ggml-quants.c`.
struct AffineSuperBlock {
  /// The scale and minimum of the super-block, not yet rounded to F16.
  var scale: Float = 0
  var minimum: Float = 0
  /// The codes of the sub-blocks' scales and minimums.
  var scaleCodes: [UInt8]
  var minimumCodes: [UInt8]
  /// The codes of the values, from the search.
  private(set) var codes: [UInt8]
  private let fits: [AffineSearch.Fit]

  private let values: UnsafeBufferPointer<Float>
  private let partElementCount: Int

  /// Searches the `partCount` sub-blocks; `weigh` makes the weights of one of them.
  private init(
    _ values: UnsafeBufferPointer<Float>, partCount: Int, search: AffineSearch,
    weights: [[Float]]
  ) {
    self.values = values
    partElementCount = 256 / partCount
    let elementCount = partElementCount
    fits = (0..<partCount).map { part in
      let range = part * elementCount..<(part + 1) * elementCount
      return search.fit(UnsafeBufferPointer(rebasing: values[range]), weights: weights[part])
    }
    codes = fits.flatMap(\.codes)
    scaleCodes = []
    minimumCodes = []
  }

  /// Without weights of the caller's: the highest scale and the highest minimum get the code
  /// `scaleTop`. `ownWeights` makes the weights of a sub-block out of its values.
  init(
    _ values: UnsafeBufferPointer<Float>, partCount: Int, search: AffineSearch, scaleTop: Float,
    ownWeights: (UnsafeBufferPointer<Float>) -> [Float]
  ) {
    let elementCount = 256 / partCount
    let weights = (0..<partCount).map { part in
      ownWeights(
        UnsafeBufferPointer(rebasing: values[part * elementCount..<(part + 1) * elementCount]))
    }
    self.init(values, partCount: partCount, search: search, weights: weights)
    (scale, scaleCodes) = Self.codesByHighest(fits.map(\.scale), top: scaleTop)
    (minimum, minimumCodes) = Self.codesByHighest(fits.map(\.minimum), top: scaleTop)
  }

  /// With the caller's: each is multiplied by √(`spread` + value²), and scales and minimums are
  /// coded by `scaleSearch`, weighted by the sums of the weights.
  init(
    _ values: UnsafeBufferPointer<Float>, partCount: Int, search: AffineSearch,
    scaleSearch: ScaleSearch, weights: UnsafeBufferPointer<Float>, spread: Float
  ) {
    let elementCount = 256 / partCount
    let weights = (0..<partCount).map { part in
      (part * elementCount..<(part + 1) * elementCount).map { index in
        let square = values[index] * values[index]
        return weights[index] * (spread + square).squareRoot()
      }
    }
    self.init(values, partCount: partCount, search: search, weights: weights)
    let sums = weights.map { $0.reduce(0, +) }
    (scale, scaleCodes) = scaleSearch.fit(fits.map(\.scale), weights: sums)
    (minimum, minimumCodes) = scaleSearch.fit(fits.map(\.minimum), weights: sums)
  }

  /// The scale that gives the highest of `numbers` the code `top`, and the lower eight bits of
  /// each code; zeros if no number is above 0.
  private static func codesByHighest(
    _ numbers: [Float], top: Float
  ) -> (scale: Float, codes: [UInt8]) {
    let highest = numbers.reduce(0) { $1 > $0 ? $1 : $0 }
    guard highest > 0 else { return (0, numbers.map { _ in 0 }) }
    let inverse = top / highest
    return (highest / top, numbers.map { UInt8(truncatingIfNeeded: nearestInteger(inverse * $0)) })
  }

  /// Makes the codes of one sub-block anew, for the scale and the minimum that decoding will use;
  /// if that scale is 0, they stay those of the search.
  mutating func refine(_ part: Int, scale: Float, minimum: Float, top: Int32) {
    guard scale != 0 else { return }
    for index in part * partElementCount..<(part + 1) * partElementCount {
      let code = nearestInteger((values[index] + minimum) / scale)
      codes[index] = UInt8(max(0, min(top, code)))
    }
  }
}

extension AffineSuperBlock {
  /// Σ value² of a super-block, one value after the other.
  static func squareSum(_ values: UnsafeBufferPointer<Float>) -> Float {
    values.reduce(0) { sum, value in
      let square = value * value
      return sum + square
    }
  }

  /// √(mean square) + |value|: the weights of Q4_K and Q5_K.
  static func liftedMagnitudes(_ values: UnsafeBufferPointer<Float>) -> [Float] {
    let level = (squareSum(values) / Float(values.count)).squareRoot()
    return values.map { level + $0.magnitude }
  }
}
