import Tensors
import Testing

@testable import Recipes

@Suite struct RecipeOverridesTests {
  private func tensorType(_ text: String) throws -> RecipeOverrides.TensorType {
    try RecipeOverrides.TensorType(text, vocabulary: testVocabulary)
  }

  @Test func aTensorTypeIsSearchedForAndTheFirstOneCounts() throws {
    var changes = RecipeOverrides()
    changes.tensorTypes = [try tensorType("attn_v=q8_0"), try tensorType("attn=Q5_0")]
    let recipe = try testCatalog.load("Q4_0").applying(changes)
    let value = try decide(recipe, "blk.0.attn_v.weight", .F32, [32, 32], .attentionV)
    #expect(value.encoding == .Q8_0)
    #expect(value.rule == "--tensor-type 'attn_v=q8_0'")
    #expect(try decide(recipe, "blk.0.attn_q.weight", .F32, [32, 32]).encoding == .Q5_0)
    #expect(try decide(recipe, "blk.0.ffn_up.weight", .F32, [32, 32]).encoding == .Q4_0)
  }

  @Test func aTensorTypeLeavesKeptTensorsAlone() throws {
    var changes = RecipeOverrides()
    changes.tensorTypes = [try tensorType("attn=Q8_0")]
    for name in ["Q4_0", "copy"] {
      let recipe = try testCatalog.load(name).applying(changes)
      #expect(try decide(recipe, "blk.0.attn_norm.weight", .F32, [32]).isKept)
      #expect(try decide(recipe, "blk.0.attn_q.weight", .F32, [32, 32]).encoding == .Q8_0)
    }
  }

  @Test func thePatternKeepsItsCase() throws {
    var changes = RecipeOverrides()
    changes.tensorTypes = [try tensorType(#"blk\.\D=Q8_0"#)]
    let recipe = try recipe("encoding: Q4_0").applying(changes)
    #expect(try decide(recipe, "blk.0.attn_q.weight", .F32, [32, 32]).encoding == .Q4_0)
    #expect(try decide(recipe, "blk.x.attn_q.weight", .F32, [32, 32]).encoding == .Q8_0)
  }

  @Test(arguments: [
    ("attn_v", "bad-tensor-type"), ("=Q8_0", "bad-tensor-type"), ("attn_v=", "bad-tensor-type"),
    ("(=Q8_0", "bad-pattern"), ("a=Q9_9", "unknown-encoding"), ("a=I32", "encoding-not-writable"),
    ("a=b=Q8_0", "unknown-encoding"),
  ])
  func refusesBadTensorTypes(text: String, reason: String) {
    let error = #expect(throws: ModelError.self) { try tensorType(text) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == reason)
  }

  @Test func readsATensorTypeFile() throws {
    let entries = try RecipeOverrides.tensorTypes(
      fileText: "# mine\nattn_v=Q8_0 attn_k=Q5_1\n\n  ffn=Q4_1 # the rest\r\nx#y=F16\n",
      vocabulary: testVocabulary)
    #expect(entries.map(\.pattern.text) == ["re:attn_v", "re:attn_k", "re:ffn", "re:x#y"])
    #expect(entries.map(\.type) == [.Q8_0, .Q5_1, .Q4_1, .F16])
  }

  @Test func namesTheLineOfATensorTypeFile() {
    let error = #expect(throws: ModelError.self) {
      try RecipeOverrides.tensorTypes(fileText: "a=F16\nb=Q9", vocabulary: testVocabulary)
    }
    #expect(error?.message.hasPrefix("line 2: ") == true)
  }

  @Test func pureDropsWhatTheRecipeAddsAndKeepsWhatItKeeps() throws {
    var changes = RecipeOverrides()
    changes.isPure = true
    let recipe = try testCatalog.load("Q4_0").applying(changes)
    #expect(try decide(recipe, "output.weight", .F32, [64, 32], .output).encoding == .Q4_0)
    #expect(try decide(recipe, "blk.0.attn_norm.weight", .F32, [32], .norm).isKept)
    let odd = try decide(recipe, "blk.0.ffn_up.weight", .F32, [64, 33], .ffnUp)
    #expect(odd.encoding == .F16 && odd.fellBackFrom == .Q4_0)
  }

  @Test func tokenEmbeddingTypeIsForEmbeddingsTiedOrNot() throws {
    var changes = RecipeOverrides()
    changes.tokenEmbeddingType = .Q5_1
    changes.tensorTypes = [try tensorType("token_embd=Q4_1")]
    let recipe = try testCatalog.load("Q4_0").applying(changes)
    let name = "token_embd.weight"
    #expect(try decide(recipe, name, .F32, [64, 32], .tokenEmbedding).encoding == .Q5_1)
    #expect(try decide(recipe, name, .F32, [64, 32], .tiedEmbedding).encoding == .Q5_1)
    #expect(try decide(recipe, "output.weight", .F32, [64, 32], .output).encoding == .Q8_0)
  }

  @Test func aPatternMayNameThePerLayerTokenEmbedding() throws {
    var changes = RecipeOverrides()
    changes.tokenEmbeddingType = .Q5_1
    let name = "per_layer_token_embd.weight"
    let unnamed = try testCatalog.load("Q4_0").applying(changes)
    #expect(try decide(unnamed, name, .F32, [64, 32], .tokenEmbedding).encoding == .Q5_1)
    changes.tensorTypes = [try tensorType("per_layer=Q4_1")]
    let named = try testCatalog.load("Q4_0").applying(changes)
    #expect(try decide(named, name, .F32, [64, 32], .tokenEmbedding).encoding == .Q4_1)
  }

  @Test func outputTensorTypeIsForTheOutputOrTheTiedEmbedding() throws {
    var changes = RecipeOverrides()
    changes.outputTensorType = .F16
    let recipe = try testCatalog.load("Q4_0").applying(changes)
    #expect(try decide(recipe, "output.weight", .F32, [64, 32], .output).encoding == .F16)
    let name = "token_embd.weight"
    #expect(try decide(recipe, name, .F32, [64, 32], .tiedEmbedding).encoding == .F16)
    #expect(try decide(recipe, name, .F32, [64, 32], .tokenEmbedding).encoding == .Q4_0)
  }

  @Test func leaveOutputTensorKeepsIt() throws {
    var changes = RecipeOverrides()
    changes.leavesOutputTensor = true
    changes.outputTensorType = .Q8_0
    let recipe = try testCatalog.load("Q4_0").applying(changes)
    let decision = try decide(recipe, "output.weight", .BF16, [64, 32], .output)
    #expect(decision.isKept && decision.rule == "--leave-output-tensor")
    let tied = try decide(recipe, "token_embd.weight", .BF16, [64, 32], .tiedEmbedding)
    #expect(!tied.isKept)
  }

  @Test func allowRequantizeAllows() throws {
    var changes = RecipeOverrides()
    changes.allowsRequantization = true
    let recipe = try recipe("encoding: Q4_0").applying(changes)
    #expect(try decide(recipe, "a", .Q4_1, [4, 32]).encoding == .Q4_0)
  }
}
