public import Tensors

/// What happened to a tensor's numbers.
public enum Outcome: String, Sendable, CaseIterable {
  /// The same bytes in the same encoding.
  case exact
  /// The same numbers in another encoding that can hold each of them.
  case repacked
  /// Other numbers, chosen by a method.
  case requantized
  /// The factors of an NVFP4 tensor, which follow from the numbers that were encoded.
  case derived

  /// The outcome of storing `source` as `target`, decided by the types alone.
  ///
  /// `repacked` where every number of `source`, decoded to F32, is a number of `target`: for
  /// example F16 to F32, BF16 to F32, F8 to F16, and any ggml block type to F32.
  public static func of(_ source: ElementType, as target: ElementType) -> Outcome {
    if source == target { return .exact }
    return holdsAllOf(source, target) ? .repacked : .requantized
  }

  private static func holdsAllOf(_ source: ElementType, _ target: ElementType) -> Bool {
    switch target {
    case .F64: source != .I64 && source != .U64 && source != .C64
    case .F32: source.blockElementCount > 1 || [.F16, .BF16, .F8_E4M3, .F8_E5M2].contains(source)
    case .F16: [.F8_E4M3, .F8_E5M2].contains(source)
    case .BF16: [.F8_E4M3, .F8_E5M2].contains(source)
    default: false
    }
  }
}
