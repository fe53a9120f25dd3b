internal import Encodings

/// Σ w·error² and Σ w·reference².
struct WeighedSums {
  private var error = 0.0
  private var reference = 0.0

  /// Adds values that count alike.
  mutating func add(_ sums: ErrorSums) {
    error += sums.sumOfSquaredError
    reference += sums.sumOfSquaredReference
  }

  /// Adds one row.
  mutating func add(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeBufferPointer<Float>,
    weights: UnsafeBufferPointer<Float>
  ) {
    for index in values.indices {
      let weight = Double(weights[index])
      let value = Double(values[index])
      let difference = Double(decoded[index]) - value
      let squaredError = weight * (difference * difference)
      let squaredValue = weight * (value * value)
      error += squaredError
      reference += squaredValue
    }
  }

  /// The quotient; nil if it is not finite.
  var ratio: Double? {
    if error == 0 { return 0 }
    let ratio = error / reference
    return ratio.isFinite ? ratio : nil
  }
}
