/// What a checkpoint says of its model as a whole, as far as it decides which tensor gets how many
/// bits.
///
/// Dialects find it in metadata or `config.json`, recipes ask for it, and neither knows the other.
/// A fact that nothing states is nil, and a criterion about it does not hold.
public struct ModelFacts: Sendable, Hashable {
  /// The architecture as llama.cpp spells it where metadata say so, else `config.json`'s
  /// `model_type`: `llama`, `falcon`.
  public var architecture: String?
  /// Blocks, those for the prediction of further tokens included.
  public var blockCount: Int?
  /// Routed experts of one block; 0 for a dense model.
  public var expertCount: Int
  /// Query heads of the first block.
  public var headCount: Int?
  /// Key and value heads of the first block; 0 if it has no attention.
  public var keyValueHeadCount: Int?
  /// The class of size that llama.cpp recognizes by architecture and depth, as far as a mixture
  /// asks for it: `70B`, or nil.
  public var sizeClass: String?

  /// Creates facts; by default nothing is known.
  public init(
    architecture: String? = nil, blockCount: Int? = nil, expertCount: Int = 0,
    headCount: Int? = nil, keyValueHeadCount: Int? = nil, sizeClass: String? = nil
  ) {
    self.architecture = architecture
    self.blockCount = blockCount
    self.expertCount = expertCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.sizeClass = sizeClass
  }

  /// Query heads that share one key and value head, rounded down (`n_gqa` of llama.cpp); 0 if the
  /// first block has no attention, nil if the heads are unknown.
  public var queriesPerKey: Int? {
    guard let headCount, let keyValueHeadCount else { return nil }
    return keyValueHeadCount > 0 ? headCount / keyValueHeadCount : 0
  }
}
