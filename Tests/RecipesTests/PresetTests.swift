import Tensors
import Testing

@testable import Recipes

/// Two published models, as far as recipes look: one block each stands for all.
private enum Published {
  typealias Entry = (name: String, type: ElementType, dimensions: [Int], role: TensorRole)

  /// SmolLM2-135M in GGUF.
  static let smolLM2: [Entry] = [
    ("token_embd.weight", .F16, [49152, 576], .tiedEmbedding),
    ("blk.0.attn_norm.weight", .F32, [576], .norm),
    ("blk.0.attn_q.weight", .F16, [576, 576], .attentionQ),
    ("blk.0.attn_k.weight", .F16, [192, 576], .attentionK),
    ("blk.0.attn_v.weight", .F16, [192, 576], .attentionV),
    ("blk.0.attn_output.weight", .F16, [576, 576], .attentionOutput),
    ("blk.0.ffn_norm.weight", .F32, [576], .norm),
    ("blk.0.ffn_gate.weight", .F16, [1536, 576], .ffnGate),
    ("blk.0.ffn_up.weight", .F16, [1536, 576], .ffnUp),
    ("blk.0.ffn_down.weight", .F16, [576, 1536], .ffnDown),
    ("output_norm.weight", .F32, [576], .norm),
  ]

  /// all-MiniLM-L6-v2 in safetensors.
  static let miniLM: [Entry] = [
    ("embeddings.position_ids", .I64, [1, 512], .buffer),
    ("embeddings.LayerNorm.bias", .F32, [384], .norm),
    ("embeddings.LayerNorm.weight", .F32, [384], .norm),
    ("embeddings.position_embeddings.weight", .F32, [512, 384], .positionEmbedding),
    ("embeddings.token_type_embeddings.weight", .F32, [2, 384], .tokenTypes),
    ("embeddings.word_embeddings.weight", .F32, [30522, 384], .tiedEmbedding),
    ("encoder.layer.0.attention.self.query.bias", .F32, [384], .bias),
    ("encoder.layer.0.attention.self.query.weight", .F32, [384, 384], .attentionQ),
    ("encoder.layer.0.attention.output.LayerNorm.weight", .F32, [384], .norm),
    ("encoder.layer.0.attention.output.dense.weight", .F32, [384, 384], .attentionOutput),
    ("encoder.layer.0.intermediate.dense.weight", .F32, [1536, 384], .ffnUp),
    ("encoder.layer.0.output.dense.weight", .F32, [384, 1536], .ffnDown),
    ("pooler.dense.bias", .F32, [384], .bias),
    ("pooler.dense.weight", .F32, [384, 384], .pooler),
  ]

  static func encodings(_ model: [Entry], _ recipe: Recipe) throws -> [String: ElementType] {
    var result: [String: ElementType] = [:]
    for entry in model {
      let decision = try decide(recipe, entry.name, entry.type, entry.dimensions, entry.role)
      if !decision.isKept { result[entry.name] = decision.encoding }
    }
    return result
  }
}

@Suite struct PresetTests {
  /// All that encode, but Q1_0: it has no fallback for the rows of these models.
  static let fitting = testCatalog.presetNames.filter { $0 != "copy" && $0 != "Q1_0" }

  @Test(arguments: fitting)
  func encodesTheMatricesOfAGGUFModel(preset: String) throws {
    let encodings = try Published.encodings(Published.smolLM2, testCatalog.load(preset))
    let matrices = [
      "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down",
    ]
    #expect(
      Set(encodings.keys) == Set(matrices.map { "blk.0.\($0).weight" } + ["token_embd.weight"]))
  }

  @Test(arguments: fitting)
  func encodesTheMatricesOfASafetensorsModel(preset: String) throws {
    let encodings = try Published.encodings(Published.miniLM, testCatalog.load(preset))
    #expect(
      Set(encodings.keys) == [
        "embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight",
        "encoder.layer.0.attention.output.dense.weight",
        "encoder.layer.0.intermediate.dense.weight", "encoder.layer.0.output.dense.weight",
        "pooler.dense.weight",
      ])
  }

  @Test func copyEncodesNothing() throws {
    let recipe = try testCatalog.load("copy")
    #expect(try Published.encodings(Published.smolLM2, recipe).isEmpty)
    #expect(try Published.encodings(Published.miniLM, recipe).isEmpty)
  }

  /// `llama.h`, `enum llama_ftype`.
  @Test(arguments: [
    ("F32", 0), ("F16", 1), ("Q4_0", 2), ("Q4_1", 3), ("Q8_0", 7), ("Q5_0", 8), ("Q5_1", 9),
    ("Q2_K", 10), ("Q3_K_S", 11), ("Q3_K_M", 12), ("Q3_K_L", 13), ("Q4_K_S", 14), ("Q4_K_M", 15),
    ("Q5_K_S", 16), ("Q5_K_M", 17), ("Q6_K", 18), ("IQ2_XXS", 19), ("IQ2_XS", 20), ("Q2_K_S", 21),
    ("IQ3_XS", 22), ("IQ3_XXS", 23), ("IQ1_S", 24), ("IQ4_NL", 25), ("IQ3_S", 26), ("IQ3_M", 27),
    ("IQ2_S", 28), ("IQ2_M", 29), ("IQ4_XS", 30), ("IQ1_M", 31), ("BF16", 32), ("TQ1_0", 36),
    ("TQ2_0", 37), ("MXFP4_MOE", 38), ("NVFP4", 39), ("Q1_0", 40), ("Q2_0", 41), ("copy", nil),
    ("F8_E4M3", nil), ("F8_E5M2", nil),
  ])
  func namesItsFileType(preset: String, number: UInt32?) throws {
    #expect(try testCatalog.load(preset).fileType == number)
  }

  @Test func refusesRowsThatQ1_0CannotHold() throws {
    let error = #expect(throws: ModelError.self) {
      try decide(testCatalog.load("Q1_0"), "blk.0.ffn_up.weight", .F32, [8, 192], .ffnUp)
    }
    #expect(error?.reason == "row-not-whole-blocks")
  }

  /// llama.cpp, `tensor_allows_quantization`, name by name.
  @Test(arguments: [
    "blk.0.attn_norm.weight", "blk.0.ffn_gate_inp.weight", "blk.0.ffn_gate_tid2eid.weight",
    "altup_proj.weight", "blk.0.laurel_l.weight", "per_layer_model_proj.weight",
    "position_embd.weight", "token_types.weight", "blk.0.ssm_conv1d.weight",
    "blk.0.ssm_conv1d_q.weight", "blk.0.shortconv.conv.weight", "blk.0.indexer.k_proj.weight",
    "blk.0.indexer.q_proj.weight", "blk.0.time_mix_first.weight", "blk.0.time_mix_w0.weight",
    "blk.0.time_mix_w1.weight", "blk.0.time_mix_w2.weight", "blk.0.time_mix_v0.weight",
    "blk.0.time_mix_v1.weight", "blk.0.time_mix_v2.weight", "blk.0.time_mix_a0.weight",
    "blk.0.time_mix_a1.weight", "blk.0.time_mix_a2.weight", "blk.0.time_mix_g1.weight",
    "blk.0.time_mix_g2.weight", "blk.0.time_mix_decay_w1.weight",
    "blk.0.time_mix_decay_w2.weight", "blk.0.time_mix_lerp_fused.weight",
    "blk.0.attn_rel_b.weight", "v.position_embd.weight", "v.sam.pos_embd.weight",
    "v.sam.neck.0.weight", "v.sam.net_2.weight", "v.blk.0.rel_pos_h.weight",
    "v.patch_embd.weight", "mm.patch_merger.weight", "a.rvq.codebook.weight",
    "mm.a.code_embd.weight", "blk.0.attn_q.bias", "blk.0.ffn_up.scale", "rope_freqs",
  ])
  func keepsWhatLlamaQuantizeKeeps(name: String) throws {
    #expect(try decide(testCatalog.load("Q8_0"), name, .F32, [64, 64]).isKept)
  }

  @Test(arguments: [
    "blk.0.ffn_gate_inp.weight", "blk.0.attn_q.weight", "output.weight", "token_embd.weight",
  ])
  func keepsVectors(name: String) throws {
    #expect(try decide(testCatalog.load("Q8_0"), name, .F32, [64]).isKept)
    #expect(try decide(testCatalog.load("Q4_0"), name, .F32, [1, 64], .output).isKept)
  }

  @Test(arguments: [
    "blk.0.attn_q.weight", "blk.0.ffn_gate.weight", "blk.0.ffn_gate_exps.weight",
    "blk.0.time_mix_key.weight", "blk.0.time_mix_g0.weight", "blk.0.ssm_in.weight", "cls.weight",
    "position_embd_2.weight", "v.blk.0.attn_q.weight", "mm.0.weight", "output.weight",
    "blk.0.attn_rel_c.weight", "model.layers.0.mlp.experts.gate_up_proj",
    "model.layers.0.mlp.gate_proj.weight", "lm_head.weight",
  ])
  func encodesTheRest(name: String) throws {
    #expect(try decide(testCatalog.load("Q8_0"), name, .F32, [64, 64]).encoding == .Q8_0)
  }

  @Test(arguments: [
    "model.layers.0.mlp.gate.weight", "model.layers.0.block_sparse_moe.gate.weight",
    "model.layers.0.mlp.router.weight", "model.layers.0.mlp.shared_expert_gate.weight",
    "embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight",
    "transformer.wpe.weight", "backbone.layers.0.mixer.conv1d.weight",
    "model.layers.0.input_layernorm.weight", "vision.patch_embed.proj.weight",
    "encoder.layer.0.output.LayerNorm.weight", "model.layers.0.self_attn.q_proj.bias",
  ])
  func keepsTheSameUnderHuggingFaceNames(name: String) throws {
    #expect(try decide(testCatalog.load("Q8_0"), name, .BF16, [64, 64]).isKept)
  }

  @Test func aRowOfOddLengthFallsBackToF16() throws {
    for preset in PresetTests.fitting {
      let recipe = try testCatalog.load(preset)
      guard case .type(let type) = recipe.fallThrough.encoding, type.blockElementCount > 1 else {
        continue
      }
      let decision = try decide(recipe, "blk.0.x.weight", .F32, [8, 8, 40])
      #expect(decision.encoding == .F16)
      #expect(decision.fellBackFrom == type)
    }
  }
}
