import Tensors
import Testing

@testable import Recipes

@Suite struct CanonicalFormTests {
  /// Manifests hold the digest of this text: a change here is a change of format.
  @Test func staysAsItIs() throws {
    var changes = RecipeOverrides()
    changes.tensorTypes = [try .init("attn_v=Q8_0", vocabulary: testVocabulary)]
    let recipe = try recipe(
      """
      # comment
      name: golden
      summary: not part of it
      encoding: Q4_0
      fallback: [F16]
      rules:
        - {maximum-rank: 1, encoding: keep}
        - {match: [a, "b*"], except: c, role: output, source: F32, minimum-rank: 2,
           encoding: F16, method: search, fallback: []}
      """
    ).applying(changes)
    #expect(
      recipe.canonicalForm.canonicalText == """
        {
          "allowsRequantization": false,
          "default": {
            "encoding": "Q4_0",
            "fallback": [
              "F16"
            ],
            "method": "nearest"
          },
          "format": 1,
          "overrides": [
            {
              "encoding": "Q8_0",
              "fallback": [
                "F16"
              ],
              "match": [
                "re:attn_v"
              ]
            }
          ],
          "rules": [
            {
              "encoding": "keep",
              "maximumRank": 1
            },
            {
              "encoding": "F16",
              "except": [
                "c"
              ],
              "match": [
                "a",
                "b*"
              ],
              "method": "search",
              "minimumRank": 2,
              "roles": [
                "output"
              ],
              "sources": [
                "F32"
              ]
            }
          ]
        }

        """)
  }

  @Test func holdsEveryCriterionInOneSpelling() throws {
    let recipe = try recipe(
      """
      encoding: Q4_K
      fallback: {Q4_K: Q5_0}
      requires-importance: [Q4_K, Q2_K]
      file-type: 15
      rules:
        - {kind: ffn-down, layers: first  2/8, ordinal: more-bits, architecture: llama, experts: 8,
           gqa: ">3", size: 70B, importance: present, encoding: Q4_K}
      """)
    #expect(
      recipe.canonicalForm.compactText
        == #"{"allowsRequantization":false,"#
        + #""default":{"encoding":"Q4_K","fallback":["Q5_0"],"method":"nearest"},"#
        + #""fileType":15,"format":1,"overrides":[],"requiresImportance":["Q2_K","Q4_K"],"#
        + #""rules":[{"architectures":["llama"],"encoding":"Q4_K","experts":"8","#
        + #""fallback":["Q5_0"],"importance":true,"kinds":["ffn-down"],"layers":"first 2/8","#
        + #""ordinal":"more-bits","queriesPerKey":">=4","sizeClass":"70B"}]}"#)
  }

  @Test func differsWithTheFlags() throws {
    let plain = try testCatalog.load("Q4_0")
    var pure = RecipeOverrides()
    pure.isPure = true
    #expect(plain.applying(RecipeOverrides()).canonicalForm == plain.canonicalForm)
    #expect(plain.applying(pure).canonicalForm != plain.canonicalForm)
  }

  @Test(arguments: testCatalog.presetNames)
  func isReadBack(preset: String) throws {
    var changes = RecipeOverrides()
    changes.tensorTypes = [try .init("attn_v=Q8_0", vocabulary: testVocabulary)]
    changes.outputTensorType = .F16
    for recipe in [try testCatalog.load(preset), try testCatalog.load(preset).applying(changes)] {
      let form = recipe.canonicalForm
      #expect(try Recipe(canonicalForm: form, name: preset).canonicalForm == form)
    }
  }

  @Test func holdsEveryCriterionWhenItIsReadBack() throws {
    let form = try recipe(
      """
      encoding: Q4_K
      requires-importance: [Q4_K, Q2_K]
      file-type: 15
      rules:
        - {match: ["a*", "re:^b"], except: c, role: output, source: F32, minimum-rank: 2,
           kind: ffn-down, layers: first 2/8, ordinal: more-bits, architecture: llama, experts: 8,
           gqa: ">3", size: 70B, importance: present, encoding: Q4_K, method: search}
        - {maximum-rank: 1, encoding: keep}
      """
    ).canonicalForm
    #expect(try Recipe(canonicalForm: form, name: "again").canonicalForm == form)
  }

  @Test(arguments: ["0", "<1", ">=0", "<=0", ">1000000", "<1000001", "8", ">=4"])
  func everyCountIsReadBack(count: String) throws {
    let form = try recipe("encoding: F16\nrules:\n  - {experts: \"\(count)\", encoding: keep}")
      .canonicalForm
    #expect(try Recipe(canonicalForm: form, name: "again").canonicalForm == form)
  }

  @Test func aMethodOfTheRecipeDoesNotBecomeOneOfItsRules() throws {
    let form = try recipe(
      "encoding: Q4_K\nmethod: search\nrules:\n  - {match: a, encoding: IQ4_XS}"
    ).canonicalForm
    let again = try Recipe(canonicalForm: form, name: "again")
    #expect(again.rules[0].method == nil)
    #expect(again.method == "search")
  }

  @Test(arguments: [
    #"[]"#, #"{"format":2,"rules":[],"overrides":[],"default":{"encoding":"F16"}}"#,
    #"{"format":1,"rules":[],"overrides":[],"default":{},"allowsRequantization":false}"#,
    #"{"format":1,"rules":[],"overrides":[],"default":{"encoding":"Q9"},"#
      + #""allowsRequantization":false}"#,
    #"{"format":1,"rules":[],"overrides":[],"default":{"encoding":"F16","new":1},"#
      + #""allowsRequantization":false}"#,
  ])
  func otherFormsAreRefused(text: String) throws {
    let form = try JSONValue.parse(Array(text.utf8))
    #expect(throws: ModelError.self) { _ = try Recipe(canonicalForm: form, name: "bad") }
  }
}
