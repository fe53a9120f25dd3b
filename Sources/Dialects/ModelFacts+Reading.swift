internal import Tensors

extension ModelFacts {
  /// Facts from the metadata of a GGUF file, or from a parsed `config.json`; what neither states is
  /// what was `counted`. Values that make no sense count as not stated.
  ///
  /// Of values for each block the first block's counts, as in llama.cpp (`n_gqa(0)`).
  static func read(
    metadata: [MetadataEntry], config: JSONValue?, counted: ModelFacts
  ) -> ModelFacts {
    var facts = counted
    if let architecture = metadata["general.architecture"]?.string {
      func number(_ key: String) -> Int? { metadata["\(architecture).\(key)"]?.firstCount }
      facts.architecture = architecture
      facts.blockCount = number("block_count") ?? counted.blockCount
      facts.expertCount = number("expert_count") ?? counted.expertCount
      facts.headCount = number("attention.head_count")
      facts.keyValueHeadCount = number("attention.head_count_kv") ?? facts.headCount
    } else if let config {
      // Models of text and images keep the text model's numbers one level down.
      let text = config["text_config"] ?? config
      func number(_ keys: String...) -> Int? {
        keys.lazy.compactMap { text[$0]?.integer ?? config[$0]?.integer }.first { $0 >= 0 }
      }
      facts.architecture = config["model_type"]?.string
      facts.blockCount = number("num_hidden_layers", "n_layer", "n_layers") ?? counted.blockCount
      facts.expertCount =
        number("num_local_experts", "num_experts", "n_routed_experts") ?? counted.expertCount
      facts.headCount = number("num_attention_heads", "n_head", "n_heads")
      facts.keyValueHeadCount = number("num_key_value_heads") ?? facts.headCount
    }
    facts.sizeClass = facts.isOf70B ? "70B" : nil
    return facts
  }

  /// Whether llama.cpp takes the model for one of 70 billion weights (`LLM_TYPE_70B` in
  /// `src/models/*.cpp`).
  private var isOf70B: Bool {
    switch (architecture, blockCount) {
    case ("llama", 80): expertCount != 8 && headCount != keyValueHeadCount
    case ("qwen2", 80), ("deci", 80), ("olmo", 80), ("jais2", 68): true
    default: false
    }
  }
}

extension MetadataValue {
  /// The value, or its first element, if that is an integer from 0.
  fileprivate var firstCount: Int? {
    let value: Int? =
      switch self {
      case .array(.uint8(let a)): a.first.map { Int($0) }
      case .array(.int8(let a)): a.first.map { Int($0) }
      case .array(.uint16(let a)): a.first.map { Int($0) }
      case .array(.int16(let a)): a.first.map { Int($0) }
      case .array(.uint32(let a)): a.first.map { Int($0) }
      case .array(.int32(let a)): a.first.map { Int($0) }
      case .array(.uint64(let a)): a.first.flatMap { Int(exactly: $0) }
      case .array(.int64(let a)): a.first.map { Int($0) }
      default: integer
      }
    return value.flatMap { $0 >= 0 ? $0 : nil }
  }
}
