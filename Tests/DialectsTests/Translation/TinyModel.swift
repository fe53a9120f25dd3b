import Tensors

@testable import Dialects

/// A model with every tensor of an architecture, of small extents that follow from its rules.
struct TinyModel {
  let architecture: Architecture
  let config: JSONValue
  var model = MemoryModel()

  private static let values: [String: JSONValue] = [
    "num_hidden_layers": .integer(2), "n_layer": .integer(2), "num_layers": .integer(2),
    "hidden_size": .integer(32), "n_embd": .integer(32), "d_model": .integer(32),
    "intermediate_size": .integer(24), "n_inner": .integer(24), "d_ff": .integer(24),
    "num_attention_heads": .integer(4), "n_head": .integer(4), "num_heads": .integer(4),
    "num_key_value_heads": .integer(2), "num_kv_heads": .integer(2),
    "max_position_embeddings": .integer(64), "n_positions": .integer(64), "n_ctx": .integer(64),
    "vocab_size": .integer(16), "head_dim": .integer(8), "d_kv": .integer(8),
    "rms_norm_eps": .number("1e-05"), "layer_norm_eps": .number("1e-05"),
    "layer_norm_epsilon": .number("1e-05"), "norm_epsilon": .number("1e-05"),
    "rope_theta": .number("5000.0"), "rope_local_base_freq": .number("700.0"),
    "num_local_experts": .integer(3), "num_experts": .integer(3),
    "n_routed_experts": .integer(3), "num_experts_per_tok": .integer(2),
    "moe_intermediate_size": .integer(12), "shared_expert_intermediate_size": .integer(10),
    "n_shared_experts": .integer(1), "first_k_dense_replace": .integer(1),
    "kv_lora_rank": .integer(6), "qk_nope_head_dim": .integer(5),
    "qk_rope_head_dim": .integer(4), "v_head_dim": .integer(3), "norm_topk_prob": .bool(true),
    "routed_scaling_factor": .number("2.5"), "sliding_window": .integer(32),
    "logit_scale": .number("0.25"), "partial_rotary_factor": .number("0.5"),
    "rotary_pct": .number("0.5"), "attention_multiplier": .number("0.5"),
    "embedding_multiplier": .number("12.0"), "residual_multiplier": .number("0.25"),
    "logits_scaling": .number("8.0"), "pad_token_id": .integer(1),
    "relative_attention_num_buckets": .integer(32), "use_parallel_residual": .bool(true),
    "attn_logit_softcapping": .number("50.0"), "final_logit_softcapping": .number("30.0"),
    "max_trained_positions": .integer(2048), "multi_query": .bool(true),
  ]

  private static let synonyms = [
    ["num_hidden_layers", "n_layer", "num_layers"], ["hidden_size", "n_embd", "d_model"],
    ["num_attention_heads", "n_head", "num_heads"], ["intermediate_size", "n_inner", "d_ff"],
    ["max_position_embeddings", "n_positions", "n_ctx"],
    ["num_local_experts", "num_experts", "n_routed_experts"],
  ]

  init(_ name: String) throws {
    architecture = try ArchitectureCatalog.program.architecture(named: name)
    var members = TinyModel.values
    // Gemma 3 has had no cap on attention since it norms queries and keys.
    if name.hasPrefix("gemma3") { members["attn_logit_softcapping"] = nil }
    // Values of the other kind of DeepSeek would be noticed as its own.
    if name == "deepseek2" { members["norm_topk_prob"] = .bool(false) }
    if !architecture.tensors.contains(where: { $0.huggingFace.text.contains("experts") }) {
      for key in ["num_local_experts", "num_experts", "n_routed_experts", "num_experts_per_tok"] {
        members[key] = nil
      }
    }
    // Of several words for one thing, those that the rules ask for first.
    let paths = architecture.config.flatMap(\.paths)
    for words in TinyModel.synonyms {
      let first = paths.first { words.contains($0) }
      for word in words where word != first { members[word] = nil }
    }
    members["architectures"] = .array([.string(architecture.classes[0])])
    for condition in architecture.conditions {
      let word = condition.words[0]
      members[condition.path] =
        Bool(word).map { .bool($0) } ?? Int(word).map { .integer($0) } ?? .string(word)
    }
    config = .object(members)
    try addTensors()
  }

  private mutating func addTensors() throws {
    var making = MetadataMaking(
      architecture, try ConfigValues(config, architecture), files: ModelFiles(config: config),
      mostly: .F32)
    try making.run()
    var sizes = TranslationSizes(architecture, making.entries)
    sizes.counted["rows"] = 66
    let blockCount = try sizes.value(.name("block_count"))
    var present: Set<String> = []
    var first = 1
    for block in 0..<blockCount {
      for rule in architecture.tensors where rule.huggingFace.isInBlock || block == 0 {
        // The heads of classifiers do not come back by another file.
        if architecture.returnsAs != nil, rule.huggingFace.text.hasPrefix("classifier") {
          continue
        }
        if let unless = rule.unless, present.contains(unless.name(block: block)) { continue }
        let memberCount = try rule.stack.map { try sizes.value(.name($0)) } ?? 1
        for member in 0..<memberCount {
          let name = rule.huggingFace.name(block: block, member: member)
          present.insert(name)
          try add(name, rule, sizes, block, &first)
        }
      }
    }
  }

  private mutating func add(
    _ name: String, _ rule: TensorRule, _ sizes: TranslationSizes, _ block: Int,
    _ first: inout Int
  ) throws {
    var shape = name.hasSuffix(".bias") || name.contains("norm") ? [6] : [5, 6]
    if rule.skippedRows != nil { shape = [66, 6] }
    if rule.llamaCpp[0].text == "token_embd.weight" { shape = [16, 6] }
    if let arrangement = rule.arrangement {
      shape = try arrangement.left.flatMap { group -> [Int] in
        guard group != [Arrangement.rest] else { return name.hasSuffix(".bias") ? [] : [7] }
        return [
          try group.reduce(1) { product, axis in
            let split = try arrangement.split.flatMap { split in
              split.axis == axis
                ? try split.segments.reduce(0) { $0 + (try sizes.value($1)) } : nil
            }
            return try product * (split ?? Int(axis) ?? sizes.size(axis) ?? 3)
          }
        ]
      }
    }
    guard let packing = rule.packing else {
      try model.add(name, shape, from: first)
      first += shape.reduce(1, *)
      return
    }
    let count = shape.reduce(1, *)
    try model.add(
      name, .U8, shape + [16], (0..<16 * count).map { UInt8(truncatingIfNeeded: $0 * 7 + first) })
    try model.add(
      packing.scales.name(block: block), .U8, shape,
      (0..<count).map { UInt8(truncatingIfNeeded: $0 * 3 + first) })
    first += count
  }
}
