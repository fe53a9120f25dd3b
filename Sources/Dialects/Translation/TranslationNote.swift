/// Something that a translation did not carry over, or made: named, with the reason.
public struct TranslationNote: Sendable, Hashable {
  /// What became of it.
  public enum Kind: String, Sendable {
    /// A tensor that the other dialect has no place for.
    case droppedTensor = "dropped-tensor"
    /// A tensor that was computed.
    case generatedTensor = "generated-tensor"
    /// A key of `config.json` or of the metadata that no rule carries over.
    case droppedKey = "dropped-key"
    /// A value that the source does not say.
    case assumedValue = "assumed-value"
  }

  /// What became of it.
  public var kind: Kind
  /// The name of the tensor or key.
  public var name: String
  /// Why.
  public var reason: String

  /// Creates a note.
  public init(_ kind: Kind, _ name: String, _ reason: String) {
    self.kind = kind
    self.name = name
    self.reason = reason
  }
}
