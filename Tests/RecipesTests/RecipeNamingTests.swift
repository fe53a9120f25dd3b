import Tensors
import Testing

@testable import Recipes

/// Recipes that name every tensor.
@Suite struct RecipeNamingTests {
  private func named(
    _ types: [(tensor: String, type: ElementType)], allowsRequantization: Bool = false
  ) throws -> Recipe {
    try Recipe.naming(
      types, name: "size-1", summary: "a \"summary\" \\", method: "nearest",
      allowsRequantization: allowsRequantization)
  }

  @Test(arguments: [
    "blk.0.attn_q.weight", "a*b", "a?[b]\\c", "re:x", "\"quoted\" \\n", "ü\u{2028}\u{1}\u{7F}#: x",
    "  spaces ", "- x", "emoji\u{1F600}",
  ])
  func aNameMatchesItselfAlone(name: String) throws {
    let recipe = try named([(name, .Q8_0)])
    #expect(try decide(recipe, name, .F32, [2, 32]).encoding == .Q8_0)
    #expect(try decide(recipe, name + "x", .F32, [2, 32]).isKept)
    #expect(try decide(recipe, "aXb", .F32, [2, 32]).isKept)
    let read = try RecipesTests.recipe(recipe.sourceText)
    #expect(read.canonicalForm == recipe.canonicalForm)
    #expect(read.summary == recipe.summary)
    #expect(try decide(read, name, .F32, [2, 32]).encoding == .Q8_0)
  }

  @Test func manyNamesAreFoundAsFewAre() throws {
    let plain = (0..<40).map { ("blk.\($0).weight", ElementType.Q8_0) }
    let odd = ["a*b", "re:x", "[c]", "d\\", "e?", "Ａ", "f\u{301}"]
    let recipe = try named(plain + odd.map { ($0, .Q8_0) } + [("g", .Q4_0)])
    for name in plain.map(\.0) + odd {
      #expect(try decide(recipe, name, .F32, [2, 32]).encoding == .Q8_0)
    }
    #expect(try decide(recipe, "g", .F32, [2, 32]).encoding == .Q4_0)
    for name in ["blk.40.weight", "blk.4.weigh", "aXb", "c", "d", "ex", "A", "f", "x"] {
      #expect(try decide(recipe, name, .F32, [2, 32]).isKept)
    }
  }

  @Test func namesAndPatternsOfOneRuleAreBothAsked() throws {
    let names = (0..<20).map { "\"n\($0)\"" }.joined(separator: ", ")
    let recipe = try RecipesTests.recipe(
      "name: r\nencoding: keep\nrules: [{match: [\(names), 'x*', 're:y$'], encoding: Q8_0}]")
    for name in ["n0", "n19", "x", "xyz", "any"] {
      #expect(try decide(recipe, name, .F32, [2, 32]).encoding == .Q8_0)
    }
    for name in ["n20", "n", "ax", "ya"] {
      #expect(try decide(recipe, name, .F32, [2, 32]).isKept)
    }
  }

  @Test func whatIsNotNamedIsKept() throws {
    let recipe = try named([("a", .Q4_0), ("b", .F16)])
    #expect(try decide(recipe, "c", .F32, [2, 32]).isKept)
  }

  @Test func theOrderOfTensorsIsNoPartOfIt() throws {
    let first = try named([("a", .Q4_0), ("b", .F16), ("c", .Q4_0)])
    let second = try named([("c", .Q4_0), ("b", .F16), ("a", .Q4_0)])
    #expect(first.canonicalForm == second.canonicalForm)
    #expect(first.sourceText == second.sourceText)
  }

  @Test func thePermissionToRequantizeIsReadBack() throws {
    let recipe = try named([("a", .Q4_0)], allowsRequantization: true)
    #expect(try RecipesTests.recipe(recipe.sourceText).allowsRequantization)
  }

  @Test func noTensorsMakeARecipeThatKeeps() throws {
    let recipe = try named([])
    #expect(
      try RecipesTests.recipe(recipe.sourceText).canonicalForm == recipe.canonicalForm)
  }
}
