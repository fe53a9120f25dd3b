import Tensors
import Testing

@testable import Recipes

@Suite struct DecisionTests {
  @Test func firstMatchWins() throws {
    let recipe = try recipe(
      """
      encoding: Q4_0
      rules:
        - {match: "a*", encoding: Q8_0}
        - {match: "ab*", encoding: F16}
      """)
    let decision = try decide(recipe, "abc", .F32, [2, 32])
    #expect(decision.encoding == .Q8_0)
    #expect(decision.rule == "test.yaml rule 1")
    #expect(try decide(recipe, "b", .F32, [2, 32]).rule == "test.yaml default")
  }

  @Test func allCriteriaMustHold() throws {
    let recipe = try recipe(
      """
      encoding: Q4_0
      rules:
        - match: ["x.*", "y.*"]
          except: "*.bias"
          role: [attention-v, ffn-down]
          minimum-rank: 2
          maximum-rank: 2
          source: BF16
          encoding: Q8_0
      """)
    #expect(try decide(recipe, "y.w", .BF16, [2, 32], .ffnDown).encoding == .Q8_0)
    #expect(try decide(recipe, "z.w", .BF16, [2, 32], .ffnDown).encoding == .Q4_0)
    #expect(try decide(recipe, "y.bias", .BF16, [2, 32], .ffnDown).encoding == .Q4_0)
    #expect(try decide(recipe, "y.w", .BF16, [2, 32], .ffnUp).encoding == .Q4_0)
    #expect(try decide(recipe, "y.w", .BF16, [32], .ffnDown).encoding == .Q4_0)
    #expect(try decide(recipe, "y.w", .BF16, [2, 2, 32], .ffnDown).encoding == .Q4_0)
    #expect(try decide(recipe, "y.w", .F32, [2, 32], .ffnDown).encoding == .Q4_0)
  }

  @Test func leadingOnesAreNoRank() throws {
    let recipe = try recipe("{encoding: F16, rules: [{maximum-rank: 1, encoding: keep}]}")
    #expect(try decide(recipe, "a", .F32, [1, 1, 32]).isKept)
    #expect(try decide(recipe, "a", .F32, []).isKept)
    #expect(try !decide(recipe, "a", .F32, [32, 1]).isKept)
  }

  @Test func keepsWhatHoldsNoWeights() throws {
    let recipe = try recipe("encoding: F16")
    for type in [ElementType.I64, .I32, .U8, .BOOL, .C64, .F8_E8M0, .F4] {
      let decision = try decide(recipe, "a", type, [2, 32])
      #expect(decision.isKept && decision.encoding == type)
    }
  }

  @Test func encodesIntegersWhereARuleNamesThem() throws {
    let recipe = try recipe(
      "{encoding: F16, rules: [{match: a, source: I8, encoding: F32}]}")
    #expect(try decide(recipe, "a", .I8, [2, 32]).encoding == .F32)
    #expect(try decide(recipe, "b", .I8, [2, 32]).encoding == .I8)
  }

  @Test func methodAndFallbackComeFromTheRuleOrTheRecipe() throws {
    let recipe = try recipe(
      """
      encoding: Q4_0
      method: search
      fallback: [Q8_0, F16]
      rules:
        - {match: a, encoding: Q4_0, method: nearest, fallback: BF16}
      """)
    #expect(try decide(recipe, "a", .F32, [2, 33]).method == "nearest")
    #expect(try decide(recipe, "a", .F32, [2, 33]).encoding == .BF16)
    let decision = try decide(recipe, "b", .F32, [2, 33])
    #expect(decision.method == "search")
    #expect(decision.encoding == .F16)
    #expect(decision.fellBackFrom == .Q4_0)
    #expect(
      decision.fallbackReason == "rows of 33 elements are not whole blocks of 32")
  }

  @Test func refusesAMisfitWithAProposal() throws {
    let recipe = try recipe("encoding: Q4_0")
    let error = #expect(throws: ModelError.self) {
      try decide(recipe, "blk.0.x.weight", .F32, [4, 48])
    }
    #expect(error?.code == .refused)
    #expect(error?.reason == "row-not-whole-blocks")
    #expect(error?.context.tensor == "blk.0.x.weight")
    let message = error?.message ?? ""
    #expect(message.contains("Q4_0 cannot hold shape [4, 48]: rows of 48 elements"))
    #expect(message.contains("test.yaml default names no fallback"))
    #expect(message.contains("These fit: F8_E4M3, F16, BF16, F32"))
    #expect(message.contains("`fallback: [F16]`"))
    #expect(message.contains(#"--tensor-type '^blk\.0\.x\.weight$=F16'"#))
  }

  @Test func theProposedFlagIsOneThatWorks() throws {
    let overrides = try RecipeOverrides.TensorType(
      #"^blk\.0\.x\.weight$=F16"#, vocabulary: testVocabulary)
    var changes = RecipeOverrides()
    changes.tensorTypes = [overrides]
    let recipe = try recipe("encoding: Q4_0").applying(changes)
    #expect(try decide(recipe, "blk.0.x.weight", .F32, [4, 48]).encoding == .F16)
  }

  @Test func refusesAMisfitThatNoFallbackFits() throws {
    let recipe = try recipe("{encoding: Q4_0, fallback: [Q8_0, Q5_1]}")
    let error = #expect(throws: ModelError.self) { try decide(recipe, "a", .F32, [4, 48]) }
    #expect(error?.message.contains("neither does a fallback of") == true)
  }

  @Test func countsTheOthersThatAreRefused() throws {
    let recipe = try recipe("encoding: Q4_0")
    let tensors = [
      try tensor("a", .F32, [4, 48]), try tensor("b", .F32, [4, 64]),
      try tensor("c", .F32, [4, 40]),
    ]
    let meanings = [TensorMeaning](repeating: TensorMeaning(.other), count: 3)
    let error = #expect(throws: ModelError.self) { try recipe.decide(tensors, meanings) }
    #expect(error?.context.tensor == "a")
    #expect(error?.message.hasSuffix("(and 1 more tensors likewise)") == true)
  }

  @Test func anEmptyRowFits() throws {
    let recipe = try recipe("encoding: Q4_0")
    #expect(try decide(recipe, "a", .F32, [4, 0]).encoding == .Q4_0)
  }

  @Test func refusesToQuantizeTwice() throws {
    let recipe = try recipe("encoding: Q4_0")
    let error = #expect(throws: ModelError.self) { try decide(recipe, "a", .Q8_0, [4, 32]) }
    #expect(error?.code == .refused)
    #expect(error?.reason == "requantize-not-allowed")
    #expect(try decide(recipe, "a", .Q4_0, [4, 32]).encoding == .Q4_0)
    #expect(try decide(recipe, "a", .F8_E4M3, [4, 32]).encoding == .Q4_0)
  }

  @Test func decodingToF32NeedsNoPermission() throws {
    #expect(try decide(recipe("encoding: F32"), "a", .Q8_0, [4, 32]).encoding == .F32)
    let half = try recipe("encoding: F16")
    #expect(throws: ModelError.self) { try decide(half, "a", .Q8_0, [4, 32]) }
  }

  @Test func quantizesTwiceWhereAllowed() throws {
    let recipe = try recipe("{encoding: Q4_0, allow-requantize: true}")
    #expect(try decide(recipe, "a", .Q8_0, [4, 32]).encoding == .Q4_0)
  }
}
