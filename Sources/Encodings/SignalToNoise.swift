#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension ErrorSums {
  /// 10 log₁₀(Σ reference² / Σ error²), in decibels: infinity if there is no error.
  public var signalToNoiseDecibels: Double {
    sumOfSquaredError == 0 ? .infinity : 10 * log10(sumOfSquaredReference / sumOfSquaredError)
  }
}
