import Tensors
import Testing

@testable import Dialects

@Suite struct TranslationTests {
  private func change(_ config: JSONValue, _ key: String, _ value: JSONValue?) -> JSONValue {
    guard case .object(var members) = config else { return config }
    members[key] = value
    return .object(members)
  }

  private func toLlamaCpp(
    _ checkpoint: Checkpoint, _ config: JSONValue, vocabularySize: Int? = nil,
    tokenizer: [MetadataEntry] = [], general: [MetadataEntry] = []
  ) throws -> Translation {
    try Translation.toLlamaCpp(
      checkpoint, files: ModelFiles(config: config), tokenizerMetadata: tokenizer,
      generalMetadata: general, vocabularySize: vocabularySize)
  }

  private func reason(_ body: () throws -> Void) -> String? {
    #expect(throws: ModelError.self) { try body() }?.reason
  }

  @Test func metadataAreInTheOrderOfTheConverter() throws {
    let tiny = try TinyModel("llama")
    let there = try toLlamaCpp(
      tiny.model.checkpoint, tiny.config,
      tokenizer: [MetadataEntry("tokenizer.ggml.model", .string("gpt2"))],
      general: [MetadataEntry("general.name", .string("Tiny"))])
    #expect(
      there.checkpoint.metadata.map(\.key) == [
        "general.architecture", "general.type", "general.name", "llama.block_count",
        "llama.context_length", "llama.embedding_length", "llama.feed_forward_length",
        "llama.attention.head_count", "llama.attention.head_count_kv", "llama.rope.freq_base",
        "llama.rope.freq_base_swa",
        "llama.attention.layer_norm_rms_epsilon", "llama.attention.layer_norm_epsilon",
        "llama.attention.key_length", "llama.attention.value_length", "general.file_type",
        "llama.vocab_size",
        "llama.rope.dimension_count", "general.quantization_version", "tokenizer.ggml.model",
      ])
    #expect(there.checkpoint.metadata["general.file_type"] == .uint32(0))
    #expect(there.checkpoint.metadata["llama.rope.freq_base"] == .float32(5000))
  }

  /// What is only called otherwise stays where it is; what is permuted is read through the reader.
  @Test func onlyWhatMovesIsAssembled() throws {
    let tiny = try TinyModel("llama")
    let there = try toLlamaCpp(tiny.model.checkpoint, tiny.config)
    let assembled = there.checkpoint.tensors.filter(\.isReadByPlugin).map(\.name)
    #expect(
      Set(assembled)
        == Set(
          (0..<2).flatMap { block in
            ["q.weight", "q.bias", "k.weight", "k.bias"].map { "blk.\(block).attn_\($0)" }
          }))
  }

  @Test func vectorsBecomeF32() throws {
    var model = MemoryModel()
    let tiny = try TinyModel("llama")
    for tensor in tiny.model.checkpoint.tensors {
      let count = tensor.shape.elementCount
      // 1.5 in BF16 is 0x3FC0.
      try model.add(
        tensor.name, .BF16, tensor.shape.dimensions,
        (0..<count).flatMap { _ in [UInt8(0xC0), 0x3F] })
    }
    let there = try toLlamaCpp(model.checkpoint, tiny.config)
    for tensor in there.checkpoint.tensors {
      let isVector = tensor.shape.rank == 1 || tensor.name.hasSuffix("bias")
      #expect(tensor.elementType == (isVector ? .F32 : .BF16), "\(tensor.name)")
    }
    #expect(try there.checkpoint.floats(of: "output_norm.weight").allSatisfy { $0 == 1.5 })
    #expect(there.checkpoint.metadata["general.file_type"] == .uint32(32))
  }

  @Test func normsOfGemmaAreGreaterByOne() throws {
    let tiny = try TinyModel("gemma")
    let there = try toLlamaCpp(tiny.model.checkpoint, tiny.config)
    let before = try tiny.model.checkpoint.floats(of: "model.norm.weight")
    #expect(try there.checkpoint.floats(of: "output_norm.weight") == before.map { $0 + 1 })
  }

  @Test func rowsWithoutATokenAreLeftOut() throws {
    let tiny = try TinyModel("gemma3")
    let there = try toLlamaCpp(tiny.model.checkpoint, tiny.config, vocabularySize: 3)
    let embedding = try #require(there.checkpoint.info("token_embd.weight"))
    #expect(embedding.shape.dimensions == [3, 6])
    let all = try tiny.model.checkpoint.bytes(of: "model.embed_tokens.weight")
    #expect(try there.checkpoint.bytes(of: "token_embd.weight") == Array(all[..<72]))
  }

  @Test func positionsOfRobertaBeginBehindThePadding() throws {
    let tiny = try TinyModel("roberta")
    let config = change(tiny.config, "max_position_embeddings", .integer(66))
    let there = try toLlamaCpp(tiny.model.checkpoint, config)
    let positions = try #require(there.checkpoint.info("position_embd.weight"))
    #expect(positions.shape.dimensions == [64, 6])
    let all = try tiny.model.checkpoint.bytes(of: "embeddings.position_embeddings.weight")
    #expect(try there.checkpoint.bytes(of: "position_embd.weight") == Array(all[48...]))
  }

  /// Factors of Llama 3.1, as convert_hf_to_gguf.py writes them for heads of 32 dimensions.
  @Test func factorsOfLlama3AreComputed() {
    let rope = RopeFactors.Llama3(dimensionCount: 32, factor: 32)
    #expect(rope.factors.prefix(5).allSatisfy { $0 == 1 })
    #expect(rope.factors.suffix(4).allSatisfy { $0 == 32 })
    #expect(rope.factors.count == 16)
  }

  @Test func factorsOfLlama3ComeBackAsConfiguration() throws {
    let tiny = try TinyModel("llama")
    let scaling: JSONValue = .object([
      "rope_type": .string("llama3"), "factor": .number("8.0"),
      "low_freq_factor": .number("1.0"), "high_freq_factor": .number("4.0"),
      "original_max_position_embeddings": .integer(8192),
    ])
    let config = change(
      change(tiny.config, "rope_scaling", scaling), "rope_theta", .number("500000.0"))
    let there = try toLlamaCpp(tiny.model.checkpoint, config)
    #expect(there.checkpoint.tensors.first?.name == "rope_freqs.weight")
    #expect(there.notes.contains { $0.kind == .generatedTensor })
    let back = try Translation.toHuggingFace(there.checkpoint)
    #expect(back.config?["rope_scaling"] == scaling)
    #expect(back.checkpoint.info("rope_freqs.weight") == nil)
  }

  @Test func factorsThatNothingGivesAreRefused() throws {
    let tiny = try TinyModel("llama")
    let there = try toLlamaCpp(tiny.model.checkpoint, tiny.config)
    var model = MemoryModel()
    for tensor in there.checkpoint.tensors {
      try model.add(
        tensor.name, tensor.elementType, tensor.shape.dimensions,
        try there.checkpoint.bytes(of: tensor.name))
    }
    try model.add("rope_freqs.weight", [4], from: 3)
    model.metadata = there.checkpoint.metadata
    #expect(
      reason { _ = try Translation.toHuggingFace(model.checkpoint) } == "rope-factors-unknown")
  }

  @Test func tiedEmbeddingsAreSaid() throws {
    let tiny = try TinyModel("qwen2")
    let there = try toLlamaCpp(tiny.model.checkpoint, tiny.config)
    #expect(
      try Translation.toHuggingFace(there.checkpoint).config?["tie_word_embeddings"]
        == .bool(false))
    var tied = there.checkpoint
    tied.tensors.removeAll { $0.name == "output.weight" }
    #expect(
      try Translation.toHuggingFace(tied).config?["tie_word_embeddings"] == .bool(true))
  }

  @Test func refusalsNameWhatIsWrong() throws {
    let tiny = try TinyModel("llama")
    let source = tiny.model.checkpoint
    let unknown = change(tiny.config, "architectures", .array([.string("NobodyForCausalLM")]))
    #expect(reason { _ = try toLlamaCpp(source, unknown) } == "architecture-unknown")
    #expect(
      reason {
        _ = try Translation.toLlamaCpp(
          source, files: ModelFiles(contents: [:]), tokenizerMetadata: [], generalMetadata: [],
          vocabularySize: nil)
      } == "config-missing")
    var more = tiny.model
    try more.add("model.layers.0.secret.weight", [2], from: 0)
    let error = #expect(throws: ModelError.self) {
      try toLlamaCpp(more.checkpoint, tiny.config)
    }
    #expect(error?.reason == "tensor-unknown")
    #expect(error?.context.tensor == "model.layers.0.secret.weight")
    more = tiny.model
    try more.add("model.layers.2.mlp.up_proj.weight", [2], from: 0)
    #expect(reason { _ = try toLlamaCpp(more.checkpoint, tiny.config) } == "tensor-unknown")
    var fewer = source
    fewer.tensors.removeAll { $0.name == "model.layers.1.mlp.up_proj.weight" }
    let missing = #expect(throws: ModelError.self) { try toLlamaCpp(fewer, tiny.config) }
    #expect(missing?.reason == "tensor-missing")
    #expect(missing?.context.tensor == "model.layers.1.mlp.up_proj.weight")
    more = tiny.model
    try more.add("layers.0.mlp.up_proj.weight", [2], from: 0)
    #expect(reason { _ = try toLlamaCpp(more.checkpoint, tiny.config) } == "tensor-twice")
    let odd = change(
      tiny.config, "quantization_config", .object(["quant_method": .string("gptq")]))
    #expect(reason { _ = try toLlamaCpp(source, odd) } == "quantization-unknown")
  }

  @Test func expertsHaveToBeComplete() throws {
    let tiny = try TinyModel("mixtral")
    var fewer = tiny.model.checkpoint
    let name = "model.layers.1.block_sparse_moe.experts.1.w2.weight"
    fewer.tensors.removeAll { $0.name == name }
    let missing = #expect(throws: ModelError.self) { try toLlamaCpp(fewer, tiny.config) }
    #expect(missing?.reason == "tensor-missing" && missing?.context.tensor == name)
    var more = tiny.model
    try more.add("model.layers.0.block_sparse_moe.experts.3.w1.weight", [5, 6], from: 0)
    #expect(reason { _ = try toLlamaCpp(more.checkpoint, tiny.config) } == "tensor-unknown")
  }

  @Test func biasesThatAreZeroAreLeftOut() throws {
    var tiny = try TinyModel("cohere2")
    try tiny.model.add("model.norm.bias", .F32, [2], [UInt8](repeating: 0, count: 8))
    let there = try toLlamaCpp(tiny.model.checkpoint, tiny.config)
    #expect(there.notes.contains { $0.kind == .droppedTensor && $0.name == "model.norm.bias" })
    try tiny.model.add("model.layers.0.mlp.up_proj.bias", [2], from: 1)
    #expect(reason { _ = try toLlamaCpp(tiny.model.checkpoint, tiny.config) } == "tensor-not-zero")
  }

  @Test func layersOfPredictionStayBehind() throws {
    var tiny = try TinyModel("deepseek3")
    try tiny.model.add("model.layers.2.enorm.weight", [2], from: 0)
    let there = try toLlamaCpp(tiny.model.checkpoint, tiny.config)
    #expect(there.notes.contains { $0.name == "model.layers.2.enorm.weight" })
    #expect(there.checkpoint.tensors.allSatisfy { !$0.name.contains("blk.2") })
  }

  @Test func keysThatNothingCarriesAreNamed() throws {
    let tiny = try TinyModel("llama")
    let config = change(tiny.config, "curious_factor", .number("2.0"))
    let there = try toLlamaCpp(tiny.model.checkpoint, config)
    #expect(there.notes.contains { $0.kind == .droppedKey && $0.name == "curious_factor" })
    var checkpoint = there.checkpoint
    checkpoint.metadata.append(MetadataEntry("llama.curious", .uint32(1)))
    let back = try Translation.toHuggingFace(checkpoint)
    #expect(back.notes.contains { $0.kind == .droppedKey && $0.name == "llama.curious" })
  }
}
