import Tensors
import Testing

@testable import Dialects

@Suite struct ModelTests {
  private func tensors(_ names: String...) -> [TensorInfo] {
    names.map {
      TensorInfo(name: $0, elementType: .F32, shape: .scalar, offset: 0, byteCount: 4)
    }
  }

  @Test func detectsLlamaCppByItsKey() {
    let metadata = [MetadataEntry("general.architecture", .string("llama"))]
    #expect(Dialect.detect(names: ["x"], metadata: metadata) == .llamaCpp)
  }

  @Test func detectsLlamaCppByNamesAlone() {
    #expect(Dialect.detect(names: ["token_embd.weight", "blk.0.attn_q.weight"]) == .llamaCpp)
  }

  @Test func detectsHuggingFaceByNames() {
    let names = ["model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight"]
    #expect(Dialect.detect(names: names) == .huggingFace)
  }

  @Test func leavesStrangersUnknown() {
    #expect(Dialect.detect(names: ["a", "b.weight", "c_norm.weight"]) == .unknown)
    #expect(Dialect.detect(names: []) == .unknown)
  }

  @Test func tiesTheEmbeddingWhereNoOutputIsStored() {
    let model = Model(
      tensors: tensors("token_embd.weight", "blk.0.attn_q.weight", "blk.29.attn_q.weight"),
      metadata: [MetadataEntry("general.architecture", .string("llama"))])
    #expect(model.hasTiedEmbeddings)
    #expect(model.meanings.map(\.role) == [.tiedEmbedding, .attentionQ, .attentionQ])
    #expect(model.architecture == "llama")
    #expect(model.blockCount == 30)
  }

  @Test func doesNotTieTheEmbeddingBesideAnOutput() {
    let model = Model(
      tensors: tensors("model.embed_tokens.weight", "lm_head.weight"), metadata: [])
    #expect(!model.hasTiedEmbeddings)
    #expect(model.meanings.map(\.role) == [.tokenEmbedding, .output])
    #expect(model.blockCount == 0)
  }

  @Test func isNotTiedWithoutAnEmbedding() {
    let model = Model(tensors: tensors("a.weight"), metadata: [])
    #expect(!model.hasTiedEmbeddings && model.dialect == .unknown)
  }

  @Test func readsTheArchitectureFromTheConfig() throws {
    let config = try JSONValue.parse(Array(#"{"architectures": ["BertModel"]}"#.utf8))
    #expect(Model(tensors: [], metadata: [], config: config).architecture == "BertModel")
  }

  @Test func survivesTheHighestBlockNumber() {
    let model = Model(
      tensors: tensors("blk.\(Int.max).attn_q.weight"), metadata: [], dialect: .llamaCpp)
    #expect(model.blockCount == Int.max)
  }
}
