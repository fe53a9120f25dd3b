import Encodings
import Testing

@Suite struct ErrorSumsTests {
  @Test func relativeErrorAndSignalToNoise() {
    let errors = ErrorSums(
      sumOfSquaredError: 1, sumOfSquaredReference: 100, maximumAbsoluteError: 0.5, elementCount: 4)
    #expect(errors.relativeRootMeanSquareError == 0.1)
    #expect(errors.signalToNoiseDecibels == 20)
    #expect(errors.rootMeanSquareError == 0.5)
  }

  @Test func nothingLost() {
    let errors = encodeMeasuring([1, 2, 0, -4], as: F16.self).errors
    #expect(errors.relativeRootMeanSquareError == 0)
    #expect(errors.signalToNoiseDecibels == .infinity)
    #expect(errors.sumOfSquaredReference == 21)
  }

  @Test func lossOnZerosIsInfinitelyRelative() {
    let errors = ErrorSums(sumOfSquaredError: 1, elementCount: 1)
    #expect(errors.relativeRootMeanSquareError == .infinity)
  }

  @Test func mergingAddsAndKeepsTheHighestError() {
    var errors = encodeMeasuring([1.0001, 3], as: F16.self).errors
    let first = errors
    let second = encodeMeasuring([2.0005], as: F16.self).errors
    errors.merge(second)
    #expect(errors.sumOfSquaredError == first.sumOfSquaredError + second.sumOfSquaredError)
    #expect(errors.maximumAbsoluteError == second.maximumAbsoluteError)
    #expect(errors.maximumAbsoluteError > first.maximumAbsoluteError)
    #expect(errors.elementCount == 3)
  }

  @Test func squaresOfTinyErrorsAreKept() {
    // 2^-30 squared is no F32 when it is below 2^-149; it is an F64.
    let errors = encodeMeasuring([0x1p-80], as: F16.self).errors
    #expect(errors.sumOfSquaredError == 0x1p-160)
  }
}
