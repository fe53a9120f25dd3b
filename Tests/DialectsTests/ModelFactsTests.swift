import Tensors
import Testing

@testable import Dialects

@Suite struct ModelFactsTests {
  private func tensors(_ names: String...) -> [TensorInfo] {
    names.map {
      TensorInfo(name: $0, elementType: .F32, shape: .scalar, offset: 0, byteCount: 4)
    }
  }

  private func facts(_ architecture: String, _ entries: (String, MetadataValue)...) -> ModelFacts {
    let metadata = entries.map { MetadataEntry("\(architecture).\($0.0)", $0.1) }
    return Model(
      tensors: tensors("blk.4.attn_v.weight"),
      metadata: [MetadataEntry("general.architecture", .string(architecture))] + metadata
    ).facts
  }

  @Test func areReadFromMetadata() {
    let facts = facts(
      "qwen3moe", ("block_count", .uint32(48)), ("expert_count", .uint16(128)),
      ("attention.head_count", .uint32(32)), ("attention.head_count_kv", .int64(4)))
    #expect(facts.architecture == "qwen3moe" && facts.blockCount == 48)
    #expect(facts.expertCount == 128 && facts.queriesPerKey == 8)
  }

  @Test func takeTheFirstBlocksHeads() {
    let facts = facts(
      "nemotron_h", ("attention.head_count", .array(.uint32([32, 0]))),
      ("attention.head_count_kv", .array(.int32([0, 2]))))
    #expect(facts.headCount == 32 && facts.keyValueHeadCount == 0 && facts.queriesPerKey == 0)
  }

  @Test func haveAsManyKeysAsQueriesIfNothingElseIsSaid() {
    #expect(facts("gpt2", ("attention.head_count", .uint32(12))).queriesPerKey == 1)
  }

  @Test func countBlocksByNameWhereNothingElseIsSaid() {
    #expect(facts("llama").blockCount == 5)
    #expect(facts("llama").queriesPerKey == nil)
  }

  @Test(arguments: [
    MetadataValue.int32(-1), .string("80"), .array(.uint32([])), .uint64(.max),
  ])
  func ignoreWhatMakesNoSense(value: MetadataValue) {
    let facts = facts("llama", ("block_count", value), ("attention.head_count", value))
    #expect(facts.blockCount == 5 && facts.headCount == nil)
  }

  @Test(arguments: [
    ("llama", 80, 64, 8, 0, "70B"), ("llama", 80, 64, 64, 0, nil), ("llama", 80, 64, 8, 8, nil),
    ("llama", 32, 32, 8, 0, nil), ("qwen2", 80, 64, 64, 0, "70B"), ("jais2", 68, 64, 64, 0, "70B"),
    ("gemma3", 80, 64, 8, 0, nil),
  ])
  func recognizeModelsOf70B(
    architecture: String, blocks: UInt32, heads: UInt32, keyValueHeads: UInt32, experts: UInt32,
    sizeClass: String?
  ) {
    let facts = facts(
      architecture, ("block_count", .uint32(blocks)), ("attention.head_count", .uint32(heads)),
      ("attention.head_count_kv", .uint32(keyValueHeads)), ("expert_count", .uint32(experts)))
    #expect(facts.sizeClass == sizeClass)
  }

  @Test func areReadFromAConfig() throws {
    let config = try JSONValue.parse(
      Array(
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 80,
         "num_attention_heads": 64, "num_key_value_heads": 8}
        """.utf8))
    let model = Model(tensors: [], metadata: [], config: config)
    #expect(model.architecture == "LlamaForCausalLM")
    #expect(
      model.facts
        == ModelFacts(
          architecture: "llama", blockCount: 80, headCount: 64, keyValueHeadCount: 8,
          sizeClass: "70B"))
  }

  @Test func areReadFromATextModelInAConfig() throws {
    let config = try JSONValue.parse(
      Array(
        #"{"model_type": "x", "text_config": {"num_hidden_layers": 3, "num_experts": 16}}"#.utf8))
    let facts = Model(tensors: [], metadata: [], config: config).facts
    #expect(facts.blockCount == 3 && facts.expertCount == 16)
  }

  @Test func countExpertsByNameWithoutAConfig() {
    let model = Model(
      tensors: tensors(
        "model.embed_tokens.weight", "model.layers.0.mlp.experts.7.down_proj.weight"),
      metadata: [])
    #expect(model.facts.expertCount == 8 && model.facts.blockCount == 1)
  }

  @Test func numberTensorsOfAKindByBlockThenName() {
    let model = Model(
      tensors: tensors(
        "blk.10.ffn_down.weight", "blk.2.ffn_down_shexp.weight", "blk.2.ffn_down_exps.weight",
        "blk.2.attn_v.weight", "v.blk.30.ffn_down.weight", "blk.2.ffn_down.bias"),
      metadata: [], dialect: .llamaCpp)
    #expect(model.meanings.map(\.ordinal?.index) == [3, 2, 1, 0, 0, nil])
    #expect(model.meanings.map(\.ordinal?.count) == [4, 4, 4, 1, 4, nil])
  }
}
