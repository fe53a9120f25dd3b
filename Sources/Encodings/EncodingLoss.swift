/// What encoding lost, counted alike and, where the numbers were chosen by more than the encoding's
/// own rule, by what they were chosen by.
public struct EncodingLoss: Sendable, Equatable {
  /// The error of the blocks, every column counted alike.
  public var errors: ErrorSums
  /// The error that was to be low; nil if the numbers were rounded without weights.
  public var objective: Objective?

  /// Creates a loss; the default is the measurement of nothing.
  public init(errors: ErrorSums = ErrorSums(), objective: Objective? = nil) {
    self.errors = errors
    self.objective = objective
  }

  /// Adds the measurement of the elements that follow, which were chosen in the same way.
  public mutating func merge(_ next: EncodingLoss) {
    errors.merge(next.errors)
    guard let other = next.objective else { return }
    if objective == nil { objective = other } else { objective?.merge(other) }
  }
}
