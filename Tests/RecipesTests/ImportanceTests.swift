import Tensors
import Testing

@testable import Recipes

/// Encodings that need an importance matrix, and what a matrix changes in mixtures. llama.cpp's
/// tables are all made without one.
@Suite struct ImportanceTests {
  private func decision(
    _ preset: String, _ role: TensorRole, layer: Int = 20, hasImportance: Bool
  ) throws -> Decision {
    var meaning = TensorMeaning(role, block: layer)
    meaning.ordinal = TensorMeaning.Ordinal(layer, of: 32)
    return try testCatalog.load(preset).decide(
      tensor("blk.\(layer).x.weight", .F32, [256, 256]), meaning,
      of: ModelFacts(architecture: "llama", blockCount: 32, headCount: 32, keyValueHeadCount: 32),
      hasImportance: hasImportance)
  }

  @Test(arguments: [
    ("Q4_0", TensorRole.ffnDown, 3, ElementType.Q4_0, ElementType.Q4_1),
    ("Q4_0", .ffnDown, 4, .Q4_0, .Q4_0),
    ("Q5_0", .ffnDown, 3, .Q5_0, .Q5_1),
    ("IQ4_NL", .ffnDown, 3, .Q5_K, .IQ4_NL),
    ("IQ4_XS", .ffnDown, 3, .Q5_K, .IQ4_XS),
    ("IQ3_XXS", .attentionV, 3, .IQ3_S, .IQ3_XXS),
    ("IQ3_XXS", .ffnDown, 3, .Q4_K, .IQ3_XXS),
    ("IQ3_XXS", .ffnDown, 4, .Q3_K, .IQ3_XXS),
    ("Q4_K_M", .ffnDown, 3, .Q6_K, .Q6_K),
  ])
  func aMatrixChangesMixtures(
    preset: String, role: TensorRole, layer: Int, without: ElementType, with: ElementType
  ) throws {
    #expect(try decision(preset, role, layer: layer, hasImportance: false).encoding == without)
    #expect(try decision(preset, role, layer: layer, hasImportance: true).encoding == with)
  }

  @Test(arguments: [
    ("IQ1_S", true), ("IQ1_M", true), ("IQ2_XXS", true), ("IQ2_XS", true), ("IQ2_S", true),
    ("IQ2_M", true), ("IQ3_XXS", true), ("Q2_K_S", true), ("Q2_K", false), ("IQ3_S", false),
    ("IQ4_XS", false), ("Q4_K_M", false), ("TQ1_0", false),
  ])
  func twoBitEncodingsNeedOne(preset: String, needs: Bool) throws {
    #expect(try decision(preset, .ffnUp, hasImportance: false).needsImportance == needs)
    #expect(try decision(preset, .ffnUp, hasImportance: true).needsImportance == needs)
  }

  /// IQ3_XS itself is IQ3_S; queries and keys are not.
  @Test func itIsTheTensorsEncodingThatCounts() throws {
    #expect(try decision("IQ3_XS", .attentionQ, hasImportance: false).needsImportance)
    #expect(try !decision("IQ3_XS", .ffnDown, hasImportance: false).needsImportance)
  }

  @Test func embeddingsAndOutputsNeedNone() throws {
    let recipe = try recipe("{encoding: Q2_K, requires-importance: Q2_K}")
    for role in [TensorRole.tokenEmbedding, .tiedEmbedding, .output] {
      #expect(try !decide(recipe, "a", .F32, [2, 256], role).needsImportance)
    }
    #expect(try decide(recipe, "a", .F32, [2, 256], .ffnUp).needsImportance)
  }

  @Test func aTensorThatStaysAsItIsNeedsNone() throws {
    let recipe = try recipe("{encoding: Q2_K, requires-importance: Q2_K}")
    #expect(try !decide(recipe, "a", .Q2_K, [2, 256], .ffnUp).needsImportance)
  }

  @Test func theRefusalNamesTheTensors() throws {
    let recipe = try recipe("{encoding: Q2_K, requires-importance: Q2_K}")
    let decisions = try (0..<10).map {
      ("blk.\($0)", try decide(recipe, "blk.\($0)", .F32, [2, 256], .ffnUp))
    }
    let error = try #require(recipe.refusal(lackingImportance: decisions))
    #expect(error.code == .refused && error.reason == "importance-required")
    #expect(error.context.tensor == "blk.0")
    #expect(error.message.contains("Q2_K (test.yaml default)"))
    #expect(error.message.hasSuffix("blk.5, blk.6, blk.7 and 2 more"))
    #expect(recipe.refusal(lackingImportance: []) == nil)
  }
}
