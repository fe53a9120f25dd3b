/// What a choice of numbers lost by the measure that it was made by: sums with a weight for each
/// column, or with 1 for every one.
///
/// In each block element i goes to sum i mod 4, these are added as (0+1)+(2+3), blocks of 2048
/// elements in order, and so are these steps, all in F64. So the sums have the same bits on every CPU; and as adding rounds alike on both sides,
/// blocks that are not worse make sums that are not higher. Merged ones depend on where they were
/// split, as `ErrorSums`.
public struct Objective: Sendable, Equatable {
  /// Σ weight × (decoded - reference)².
  public var weightedError: Double
  /// Σ weight × reference².
  public var weightedSquare: Double
  /// Σ weight × error² of the blocks that `nearest` makes of the same values; nil if nobody made them.
  public var nearestWeightedError: Double?

  /// Creates sums; the default is the measurement of nothing, compared with nothing.
  public init(
    weightedError: Double = 0, weightedSquare: Double = 0, nearestWeightedError: Double? = nil
  ) {
    self.weightedError = weightedError
    self.weightedSquare = weightedSquare
    self.nearestWeightedError = nearestWeightedError
  }

  /// Adds the measurement of the elements that follow; compared with nearest only if both are.
  public mutating func merge(_ next: Objective) {
    weightedError += next.weightedError
    weightedSquare += next.weightedSquare
    if let own = nearestWeightedError, let other = next.nearestWeightedError {
      nearestWeightedError = own + other
    } else {
      nearestWeightedError = nil
    }
  }

  /// The same measurement of values that are all multiplied by `factor`.
  public func scaled(by factor: Float) -> Objective {
    let square = Double(factor) * Double(factor)
    return Objective(
      weightedError: weightedError * square, weightedSquare: weightedSquare * square,
      nearestWeightedError: nearestWeightedError.map { $0 * square })
  }
}

extension Objective {
  /// Adds whole blocks that were encoded without a comparison.
  mutating func add(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeBufferPointer<Float>,
    weights: UnsafeBufferPointer<Float>, blockElementCount: Int
  ) {
    for start in stride(from: 0, to: values.count, by: blockElementCount) {
      let elements = start..<start + blockElementCount
      weightedError += Objective.error(values, decoded, weights, elements)
      weightedSquare += Objective.square(values, weights, elements)
    }
  }

  /// Σ weight × error² of one block.
  static func error(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeBufferPointer<Float>,
    _ weights: UnsafeBufferPointer<Float>, _ elements: Range<Int>
  ) -> Double {
    sum(elements) { index in
      let difference = Double(decoded[index]) - Double(values[index])
      return Double(weights[index]) * (difference * difference)
    }
  }

  /// Σ weight × value² of one block.
  static func square(
    _ values: UnsafeBufferPointer<Float>, _ weights: UnsafeBufferPointer<Float>,
    _ elements: Range<Int>
  ) -> Double {
    sum(elements) { index in
      let value = Double(values[index])
      return Double(weights[index]) * (value * value)
    }
  }

  @inline(__always)
  private static func sum(_ elements: Range<Int>, _ term: (Int) -> Double) -> Double {
    var sums = (0.0, 0.0, 0.0, 0.0)
    for index in stride(from: elements.lowerBound, to: elements.upperBound, by: 4) {
      sums.0 += term(index)
      sums.1 += term(index + 1)
      sums.2 += term(index + 2)
      sums.3 += term(index + 3)
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}
