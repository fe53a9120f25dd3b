/// What a tensor is for, whatever its name is in one dialect or another.
///
/// Dialects find it, recipes match on it, and neither knows the other. The raw value is the
/// spelling in recipe files.
public enum TensorRole: String, Sendable, CaseIterable, Hashable {
  // Into and out of the vocabulary.
  case tokenEmbedding = "token-embedding"
  /// A token embedding of a model that stores no output tensor, so that it may serve as both.
  case tiedEmbedding = "tied-embedding"
  case positionEmbedding = "position-embedding"
  case tokenTypes = "token-types"
  case output

  // Attention. `attentionLatent` is one of the low-rank factors of multi-head latent attention;
  // `attentionKVB`, the one that keys and values come from, is as sensitive as the values.
  case attentionQ = "attention-q"
  case attentionK = "attention-k"
  case attentionV = "attention-v"
  case attentionQKV = "attention-qkv"
  case attentionKVB = "attention-kv-b"
  case attentionLatent = "attention-latent"
  case attentionOutput = "attention-output"

  // Feed-forward, dense and shared experts alike; then the routed experts and who chooses them.
  case ffnGate = "ffn-gate"
  case ffnUp = "ffn-up"
  case ffnGateUp = "ffn-gate-up"
  case ffnDown = "ffn-down"
  case expertGate = "expert-gate"
  case expertUp = "expert-up"
  case expertGateUp = "expert-gate-up"
  case expertDown = "expert-down"
  case router

  // Other architectures: state-space and linear-attention layers, convolutions.
  case recurrent
  case convolution

  // Heads of encoders.
  case pooler
  case classifier

  // Small ones.
  case norm
  case bias
  case ropeFrequencies = "rope-frequencies"
  /// Not learned: position ids, masks.
  case buffer

  /// Nothing known.
  case other
}

/// What a dialect reads off one tensor's name, and off its place among the others.
public struct TensorMeaning: Sendable, Hashable {
  /// What the tensor is for.
  public var role: TensorRole
  /// The number of its block (layer), from 0; nil outside of blocks.
  public var block: Int?
  /// The number of its expert, from 0; nil for other tensors and for stacked experts.
  public var expert: Int?
  /// Its place among the checkpoint's tensors of the same kind; nil without a kind, or where only
  /// the name was looked at.
  public var ordinal: Ordinal?

  /// A place in a row: `index` from 0, of `count`.
  public struct Ordinal: Sendable, Hashable {
    /// How many come before it.
    public var index: Int
    /// How many there are.
    public var count: Int

    /// Creates a place.
    public init(_ index: Int, of count: Int) {
      self.index = index
      self.count = count
    }
  }

  /// Creates a meaning.
  public init(_ role: TensorRole, block: Int? = nil, expert: Int? = nil) {
    self.role = role
    self.block = block
    self.expert = expert
  }
}
