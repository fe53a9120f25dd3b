internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// What an encoding lost: sums from which relative error and signal-to-noise ratio follow.
///
/// Elements come in blocks of 32, the last one filled up with zeros. Lane i of eight takes the
/// elements i, i + 8, i + 16 and i + 24 of a block: if their squares' sum (a + b) + (c + d) in F32 is
/// above 2^-90 and finite, it is added to the lane in F64; otherwise the same sum in F64 is, where
/// squares of F32 are exact. Blocks are added in order, and the total of the lanes is
/// ((0+4)+(2+6))+((1+5)+(3+7)). So a measurement has the same bits on every CPU, and neither tiny nor
/// huge values are lost. Merged measurements depend on where they were split: split by the plan
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

  /// Adds one block, or the beginning of one.
  private mutating func addBlock(
    reference: UnsafeBufferPointer<Float>, decoded: UnsafeBufferPointer<Float>
  ) {
    for lane in 0..<8 {
      var errors = SIMD4<Float>()
      var references = SIMD4<Float>()
      for part in 0..<4 where lane + 8 * part < reference.count {
        references[part] = reference[lane + 8 * part]
        errors[part] = decoded[lane + 8 * part] - references[part]
        if errors[part].magnitude > highestError[lane] {
          highestError[lane] = errors[part].magnitude
        }
      }
      squaredError[lane] += ErrorLanes.sumOfSquares(errors)
      squaredReference[lane] += ErrorLanes.sumOfSquares(references)
    }
  }

  private static func sumOfSquares(_ values: SIMD4<Float>) -> Double {
    let squares = values * values
    let sum = (squares[0] + squares[1]) + (squares[2] + squares[3])
    if sum > 0x1p-90, sum < .infinity { return Double(sum) }
    let wide = SIMD4<Double>(values)
    let exact = wide * wide
    return (exact[0] + exact[1]) + (exact[2] + exact[3])
  }

  /// Adds elements that follow whole blocks of 32.
  mutating func add(
    reference: UnsafeBufferPointer<Float>, decoded: UnsafeBufferPointer<Float>, level: CPULevel
  ) {
    var wholeCount = 0
    if let values = reference.baseAddress, let results = decoded.baseAddress {
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
    for start in stride(from: wholeCount, to: reference.count, by: 32) {
      let block = start..<min(start + 32, reference.count)
      addBlock(
        reference: UnsafeBufferPointer(rebasing: reference[block]),
        decoded: UnsafeBufferPointer(rebasing: decoded[block]))
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
