/// Roles that mixtures treat alike and count together, dense, shared and routed.
///
/// Source: `tensor_category` and `category_is_attn_v` of llama.cpp's `llama-quant.cpp`. The raw
/// value is the spelling in recipe files.
public enum TensorKind: String, Sendable, CaseIterable, Hashable {
  case attentionQ = "attention-q"
  case attentionK = "attention-k"
  /// Values, alone or in one matrix with others: an error in them is not softened by a softmax.
  case attentionV = "attention-v"
  case attentionOutput = "attention-output"
  case ffnGate = "ffn-gate"
  case ffnUp = "ffn-up"
  case ffnDown = "ffn-down"
}

extension TensorRole {
  /// The kind that this role belongs to; nil for those that mixtures do not single out, and for
  /// embeddings and outputs, of which there are not many to count.
  public var kind: TensorKind? {
    switch self {
    case .attentionQ: .attentionQ
    case .attentionK: .attentionK
    case .attentionV, .attentionQKV, .attentionKVB: .attentionV
    case .attentionOutput: .attentionOutput
    case .ffnGate, .ffnGateUp, .expertGate, .expertGateUp: .ffnGate
    case .ffnUp, .expertUp: .ffnUp
    case .ffnDown, .expertDown: .ffnDown
    default: nil
    }
  }
}
