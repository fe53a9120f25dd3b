internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// What an encoding lost: sums from which relative error and signal-to-noise ratio follow.
///
/// Squares are added in F64 in eight lanes: element i of a measurement goes to lane i mod 8, each
/// lane adds in rising order, and the total is ((0+4)+(2+6))+((1+5)+(3+7)). So a measurement has the
/// same bits on every CPU. Merged measurements depend on where they were split: split by the plan
/// (rows, not threads) and merge in index order.
public struct ErrorSums: Sendable, Equatable {
  /// Σ (decoded - reference)². NaN if a value or its decoded form is not finite.
  public var sumOfSquaredError: Double
  /// Σ reference².
  public var sumOfSquaredReference: Double
  /// The highest |decoded - reference|; differences that are NaN are left out.
  public var maximumAbsoluteError: Double
  /// Elements measured.
  public var elementCount: Int

  /// Creates sums; the default is the measurement of nothing.
  public init(
    sumOfSquaredError: Double = 0, sumOfSquaredReference: Double = 0,
    maximumAbsoluteError: Double = 0, elementCount: Int = 0
  ) {
    self.sumOfSquaredError = sumOfSquaredError
    self.sumOfSquaredReference = sumOfSquaredReference
    self.maximumAbsoluteError = maximumAbsoluteError
    self.elementCount = elementCount
  }

  init(_ lanes: ErrorLanes, elementCount: Int) {
    self.init(
      sumOfSquaredError: ErrorLanes.total(lanes.squaredError),
      sumOfSquaredReference: ErrorLanes.total(lanes.squaredReference),
      maximumAbsoluteError: Double(lanes.highestError.max()), elementCount: elementCount)
  }

  /// Measures what became of `reference`; `decoded` has as many elements.
  public init(reference: UnsafeBufferPointer<Float>, decoded: UnsafeBufferPointer<Float>) {
    precondition(reference.count == decoded.count, "one decoded value for each reference")
    var lanes = ErrorLanes()
    lanes.add(reference: reference, decoded: decoded, level: .current)
    self.init(lanes, elementCount: reference.count)
  }

  /// Adds the measurement of the elements that follow.
  public mutating func merge(_ next: ErrorSums) {
    sumOfSquaredError += next.sumOfSquaredError
    sumOfSquaredReference += next.sumOfSquaredReference
    maximumAbsoluteError = max(maximumAbsoluteError, next.maximumAbsoluteError)
    elementCount += next.elementCount
  }

  /// Whether everything measured was finite before and after.
  public var isFinite: Bool { sumOfSquaredError.isFinite && sumOfSquaredReference.isFinite }

  /// √(Σ error² / Σ reference²): 0 if there is no error, infinity if there is one and the
  /// reference is all zeros.
  public var relativeRootMeanSquareError: Double {
    sumOfSquaredError == 0 ? 0 : (sumOfSquaredError / sumOfSquaredReference).squareRoot()
  }

  /// √(Σ error² / elements); 0 for no elements.
  public var rootMeanSquareError: Double {
    elementCount == 0 ? 0 : (sumOfSquaredError / Double(elementCount)).squareRoot()
  }
}

/// The sums while they run; the kernels read and write it as 160 bytes in this order.
struct ErrorLanes {
  var squaredError = SIMD8<Double>()
  var squaredReference = SIMD8<Double>()
  var highestError = SIMD8<Float>()

  /// Adds element `index` of the measurement.
  mutating func add(reference: Float, decoded: Float, at index: Int) {
    let lane = index % 8
    let error = decoded - reference
    squaredError[lane] += Double(error) * Double(error)
    squaredReference[lane] += Double(reference) * Double(reference)
    if error.magnitude > highestError[lane] { highestError[lane] = error.magnitude }
  }

  /// Adds elements that follow a multiple of eight; without a level one after the other.
  mutating func add(
    reference: UnsafeBufferPointer<Float>, decoded: UnsafeBufferPointer<Float>, level: CPULevel?
  ) {
    var wholeCount = 0
    if let level, let values = reference.baseAddress, let results = decoded.baseAddress {
      wholeCount = reference.count & ~31
      withUnsafeMutableBytes(of: &self) { bytes in
        guard let lanes = bytes.baseAddress else { return }
        switch level {
        case .baseline:
          EncodingKernelsBaseline.Errors.add(values, results, wholeCount / 32, lanes)
        case .v3: EncodingKernelsV3.Errors.add(values, results, wholeCount / 32, lanes)
        }
      }
    }
    for index in wholeCount..<reference.count {
      add(reference: reference[index], decoded: decoded[index], at: index)
    }
  }

  static func total(_ lanes: SIMD8<Double>) -> Double {
    let total =
      ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6]))
      + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
    // Which NaN comes out of a sum depends on the order of its operands.
    return total.isNaN ? .nan : total
  }
}
