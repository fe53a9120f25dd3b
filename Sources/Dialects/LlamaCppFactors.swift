public import Tensors

/// Which tensors llama.cpp multiplies by their factor (llama.cpp b11434: the generic pass for
/// `.scale` in `llama-model.cpp`, and the graphs of `src/models`).
///
/// It reads factors of a fixed list of tensors, and refuses a file with any other. The graphs of most
/// architectures apply those of the attention only and compute with the bare blocks elsewhere, which
/// makes a model that loads and talks nonsense.
public enum LlamaCppFactors {
  private struct Places: OptionSet {
    let rawValue: Int
    static let attention = Places(rawValue: 1)
    static let dense = Places(rawValue: 2)
    static let experts = Places(rawValue: 4)
    static let shared = Places(rawValue: 8)
    static let gated = Places(rawValue: 16)
    static let stateSpace = Places(rawValue: 32)
    static let output = Places(rawValue: 64)
  }

  private static let places: [Substring: Places] = [
    "attn_q": .attention, "attn_k": .attention, "attn_v": .attention, "attn_output": .attention,
    "attn_qkv": .attention, "ffn_gate": .dense, "ffn_up": .dense, "ffn_down": .dense,
    "ffn_gate_exps": .experts, "ffn_up_exps": .experts, "ffn_down_exps": .experts,
    "ffn_gate_shexp": .shared, "ffn_up_shexp": .shared, "ffn_down_shexp": .shared,
    "attn_gate": .gated, "ssm_alpha": .gated, "ssm_beta": .gated, "ssm_in": .stateSpace,
    "ssm_out": [.gated, .stateSpace],
  ]

  /// Architectures whose graphs apply factors beyond the attention's.
  private static let graphs: [String: Places] = [
    "llama": [.attention, .dense, .experts, .output],
    "mistral3": [.attention, .dense, .experts, .output],
    "gemma4": [.attention, .dense, .experts, .output],
    "qwen3": [.attention, .dense, .output],
    "cohere2": [.attention, .dense, .output],
    "nanbeige": [.attention, .dense, .output],
    "qwen3moe": [.attention, .experts, .output],
    "mellum": [.attention, .experts, .output],
    "cohere2moe": [.attention, .dense, .experts, .shared],
    "hy_v3": [.attention, .dense, .experts, .shared, .output],
    "qwen35": [.attention, .dense, .gated, .output],
    "qwen35moe": [.attention, .experts, .shared, .gated, .output],
    "nemotron_h": [.attention, .dense, .experts, .shared, .stateSpace, .output],
    "nemotron_h_moe": [.attention, .experts, .shared, .stateSpace, .output],
  ]

  /// Architectures whose graphs apply those of the attention and of the output.
  private static let attentionAndOutput: Set<String> = [
    "afmoe", "apertus", "arcee", "arctic", "baichuan", "bailingmoe", "bailingmoe2", "bloom",
    "chameleon", "chatglm", "codeshell", "command-r", "dbrx", "deepseek", "dots1", "dream",
    "ernie4_5", "ernie4_5-moe", "exaone", "exaone-moe", "exaone4", "falcon", "gemma", "gemma2",
    "gemma3", "glm4", "glm4moe", "gpt-oss", "gpt2", "gptneox", "granite", "grok", "grovemoe",
    "hunyuan-moe", "internlm2", "jais", "jais2", "llada", "llada-moe", "llama4", "maincoder",
    "minimax-m2", "mpt", "nemotron", "olmo", "olmo2", "olmoe", "orion", "paddleocr",
    "pangu-embedded", "phi2", "phi3", "plamo", "qwen", "qwen2", "qwen2moe", "qwen2vl", "qwen3vl",
    "qwen3vlmoe", "refact", "rnd1", "seed_oss", "smallthinker", "smollm3", "stablelm", "starcoder",
    "starcoder2", "step35", "xverse",
  ]

  /// Why llama.cpp would not multiply the tensor `name` by its factor; nil if it does.
  ///
  /// - Parameters:
  ///   - name: The name of the weights, such as `blk.0.attn_q.weight`.
  ///   - shape: Their shape; those of stacked experts have three extents.
  ///   - architecture: `general.architecture`.
  ///   - hasTensor: Whether the model has a tensor of this name.
  public static func obstacle(
    to name: String, _ shape: Shape, architecture: String?, hasTensor: (String) -> Bool
  ) -> String? {
    let stem = FactorNames.stem(of: name)
    let parts = stem.split(separator: ".", omittingEmptySubsequences: false)
    let place: Places? =
      stem == "output"
      ? .output
      : parts.count == 3 && parts[0] == "blk" && Int(parts[1]) != nil ? places[parts[2]] : nil
    guard name != stem, let place, shape.rank == (place == .experts ? 3 : 2) else {
      return "llama.cpp reads no factor for this tensor"
    }
    let architecture = architecture ?? ""
    let applied =
      graphs[architecture]
      ?? (attentionAndOutput.contains(architecture) ? [.attention, .output] : [])
    guard !applied.isDisjoint(with: place) else {
      return "llama.cpp's graph of \(architecture) leaves the factor of this tensor out"
    }
    // The bias would be multiplied as well, and llama.cpp stops.
    if place == .dense, hasTensor(stem + ".bias") {
      return "llama.cpp cannot apply a factor beside a bias here"
    }
    return nil
  }
}
