/// The sums of a search while they run.
struct SearchMeasure {
  var weightedError = 0.0
  var referenceWeightedError = 0.0
  private var lanes = ErrorLanes()
  private var referenceLanes = ErrorLanes()

  mutating func add(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeMutableBufferPointer<Float>,
    _ level: CPULevel
  ) {
    lanes.add(reference: values, decoded: UnsafeBufferPointer(decoded), level: level)
  }

  mutating func addReference(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeMutableBufferPointer<Float>,
    _ level: CPULevel
  ) {
    referenceLanes.add(reference: values, decoded: UnsafeBufferPointer(decoded), level: level)
  }

  func result(elementCount: Int) -> Searched {
    var result = Searched()
    result.errors = ErrorSums(lanes, elementCount: elementCount)
    result.referenceErrors = ErrorSums(referenceLanes, elementCount: elementCount)
    result.weightedError = weightedError.isNaN ? .nan : weightedError
    result.referenceWeightedError = referenceWeightedError.isNaN ? .nan : referenceWeightedError
    return result
  }

  /// Σ weight × error² of one block: element i goes to sum i mod 4, and these are added in pairs.
  static func weightedError(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeMutableBufferPointer<Float>,
    _ weights: UnsafeBufferPointer<Float>, _ elements: Range<Int>
  ) -> Double {
    var sums = (0.0, 0.0, 0.0, 0.0)
    func loss(_ index: Int) -> Double {
      let difference = Double(decoded[index]) - Double(values[index])
      return Double(weights[index]) * (difference * difference)
    }
    for index in stride(from: elements.lowerBound, to: elements.upperBound, by: 4) {
      sums.0 += loss(index)
      sums.1 += loss(index + 1)
      sums.2 += loss(index + 2)
      sums.3 += loss(index + 3)
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}
