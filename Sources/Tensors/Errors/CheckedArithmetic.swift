/// Arithmetic on numbers that come from a file. Swift traps on overflow and on lossy conversion,
/// and a trap is a crash that a file can cause; so these are the only operations used on them.
public enum Checked {
  /// `a + b`; throws `malformed` with `reason` if it exceeds `Int.max`.
  @inlinable
  public static func sum(_ a: Int, _ b: Int, _ reason: String = "size-overflow")
    throws(ModelError) -> Int
  {
    let (value, overflow) = a.addingReportingOverflow(b)
    if overflow { throw overflowError("\(a) + \(b)", reason) }
    return value
  }

  /// `a × b`; throws `malformed` with `reason` if it exceeds `Int.max`.
  @inlinable
  public static func product(_ a: Int, _ b: Int, _ reason: String = "size-overflow")
    throws(ModelError) -> Int
  {
    let (value, overflow) = a.multipliedReportingOverflow(by: b)
    if overflow { throw overflowError("\(a) × \(b)", reason) }
    return value
  }

  /// `value` rounded up to a multiple of `alignment`, which is at least 1; throws on overflow.
  @inlinable
  public static func roundUp(_ value: Int, to alignment: Int, _ reason: String = "size-overflow")
    throws(ModelError) -> Int
  {
    let remainder = value % alignment
    return remainder == 0 ? value : try sum(value, alignment - remainder, reason)
  }

  /// `value` as an `Int`; throws `malformed` with `reason` if it does not fit.
  @inlinable
  public static func int<T: BinaryInteger>(_ value: T, _ reason: String = "number-out-of-range")
    throws(ModelError) -> Int
  {
    guard let exact = Int(exactly: value) else { throw overflowError("\(value)", reason) }
    return exact
  }

  @usableFromInline
  static func overflowError(_ expression: String, _ reason: String) -> ModelError {
    ModelError(.malformed, reason, "\(expression) is outside 0...\(Int.max)")
  }
}
