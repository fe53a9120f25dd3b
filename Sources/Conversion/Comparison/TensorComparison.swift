public import Tensors

/// How two tensors of one name relate.
public struct TensorComparison: Sendable {
  /// The relation.
  public enum Relation: String, Sendable, CaseIterable {
    /// The same encoding, shape and bytes.
    case equalBits = "equal-bits"
    /// The same shape, and the same numbers once decoded.
    case equalNumbers = "equal-numbers"
    /// The same shape, other numbers.
    case different = "different"
    /// Another shape.
    case otherShape = "other-shape"
    /// Encodings that cannot be decoded, and other bytes.
    case undecodable = "undecodable"
    /// Only the first checkpoint has it.
    case onlyInFirst = "only-in-first"
    /// Only the second checkpoint has it.
    case onlyInSecond = "only-in-second"
  }

  /// The tensor's name.
  public var name: String
  /// The relation.
  public var relation: Relation
  /// The tensor in the first checkpoint.
  public var first: TensorInfo?
  /// The tensor in the second checkpoint.
  public var second: TensorInfo?
  /// The difference of the second from the first, where both were decoded and differ.
  public var measure: Manifest.Measure?
}
