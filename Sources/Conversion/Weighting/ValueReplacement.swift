/// What a policy puts in the place of one value that cannot be encoded.
struct ValueReplacement: Sendable, Equatable {
  /// The greatest magnitude that is left as it is.
  var greatestMagnitude: Float
  /// Whether what is greater becomes the greatest with its sign; it becomes 0 otherwise, and NaN
  /// always does.
  var clamps: Bool

  /// Nil if the policy refuses such values.
  init?(_ policy: NonfinitePolicy, greatestMagnitude: Float) {
    guard policy != .refuse else { return nil }
    self.greatestMagnitude = greatestMagnitude
    clamps = policy == .clamp
  }

  /// `value` as it is encoded.
  func replaced(_ value: Float) -> Float {
    if value.magnitude <= greatestMagnitude { return value }
    guard clamps, !value.isNaN else { return 0 }
    return value < 0 ? -greatestMagnitude : greatestMagnitude
  }
}
