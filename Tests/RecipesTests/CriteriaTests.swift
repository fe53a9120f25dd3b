import Tensors
import Testing

@testable import Recipes

@Suite struct CriteriaTests {
  /// `use_more_bits` of llama.cpp, as integers divide in C.
  @Test func moreBitsIsTheReferencesFormula() {
    for count in 0...130 {
      for index in 0...(count + 2) {
        let expected =
          index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2
        #expect(RangeCriterion.moreBits.holds(index, of: count) == expected)
      }
    }
  }

  @Test func fractionsRoundDown() throws {
    for count in 0...130 {
      let first = try RangeCriterion("first 1/16")
      let middle = try RangeCriterion("from 1/8 to 7/8")
      for index in 0...count {
        #expect(first.holds(index, of: count) == (index < count / 16))
        #expect(middle.holds(index, of: count) == (index >= count / 8 && index < 7 * count / 8))
      }
    }
  }

  @Test func theLargestCountDoesNotOverflow() throws {
    for text in ["more-bits", "first 999/1000", "from 1/8 to 7/8", "first \(Int.max)"] {
      let range = try RangeCriterion(text)
      #expect(range.holds(0, of: .max) || range.holds(Int.max / 2, of: .max))
    }
  }

  @Test(arguments: [
    ("8", [8], [7, 9]), (">=4", [4, 5], [3]), (">4", [5], [4]), ("<=4", [0, 4], [5]),
    ("<4", [0, 3], [4]),
  ])
  func countsAreCompared(text: String, inside: [Int], outside: [Int]) throws {
    let criterion = try CountCriterion(text)
    #expect(inside.allSatisfy { criterion.holds(for: $0) })
    #expect(!outside.contains { criterion.holds(for: $0) })
    #expect(!criterion.holds(for: nil))
  }

  private func encoding(
    _ rule: String, _ meaning: TensorMeaning, _ model: ModelFacts, hasImportance: Bool = false
  ) throws -> ElementType {
    let recipe = try recipe("{encoding: F16, rules: [{\(rule), encoding: BF16}]}")
    return try recipe.decide(
      tensor("a", .F32, [32, 32]), meaning, of: model, hasImportance: hasImportance
    ).encoding
  }

  private func down(block: Int, ordinal: Int, of count: Int) -> TensorMeaning {
    var meaning = TensorMeaning(.expertDown, block: block)
    meaning.ordinal = TensorMeaning.Ordinal(ordinal, of: count)
    return meaning
  }

  @Test func layersAreBlocksWithExpertsAndCountedWithout() throws {
    let meaning = down(block: 1, ordinal: 5, of: 40)
    #expect(
      try encoding("layers: first 2", meaning, ModelFacts(blockCount: 20, expertCount: 8)) == .BF16)
    #expect(try encoding("layers: first 2", meaning, ModelFacts(blockCount: 20)) == .F16)
    #expect(try encoding("layers: first 1/2", meaning, ModelFacts(blockCount: 20)) == .BF16)
  }

  @Test func ordinalsAreMeasuredByTheKindOrByLayers() throws {
    let meaning = down(block: 1, ordinal: 5, of: 80)
    let model = ModelFacts(blockCount: 40)
    #expect(try encoding("kind: ffn-down, ordinal: first 1/8", meaning, model) == .BF16)
    #expect(try encoding("kind: ffn-down, ordinal: first 1/8 of layers", meaning, model) == .F16)
    #expect(try encoding("kind: ffn-up, ordinal: first 1/8", meaning, model) == .F16)
  }

  @Test func whatIsNotKnownDoesNotHold() throws {
    let meaning = TensorMeaning(.ffnDown)
    for rule in [
      "layers: more-bits", "kind: ffn-down, ordinal: first 9", "architecture: llama",
      "gqa: '>=1'", "size: 70B",
    ] {
      #expect(try encoding(rule, meaning, ModelFacts()) == .F16, "\(rule)")
    }
  }

  @Test func architecturesAreComparedWhateverTheCase() throws {
    let model = ModelFacts(architecture: "Falcon")
    let meaning = TensorMeaning(.ffnDown)
    #expect(try encoding("architecture: [llama, falcon]", meaning, model) == .BF16)
    #expect(try encoding("architecture: falcon-h1", meaning, model) == .F16)
  }

  @Test func importanceIsPresentOrAbsent() throws {
    let meaning = TensorMeaning(.ffnDown)
    let model = ModelFacts()
    #expect(try encoding("importance: absent", meaning, model) == .BF16)
    #expect(try encoding("importance: present", meaning, model) == .F16)
    #expect(try encoding("importance: present", meaning, model, hasImportance: true) == .BF16)
  }

  @Test(arguments: TensorKind.allCases)
  func everyKindHasARole(kind: TensorKind) {
    #expect(TensorRole.allCases.contains { $0.kind == kind })
  }
}
