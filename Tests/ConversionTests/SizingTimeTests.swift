import Recipes
import Tensors
import Testing

@testable import Conversion

/// Sizes by wish for models of very many tensors, such as mixtures of hundreds of experts.
@Suite struct SizingTimeTests {
  /// Quadratic work anywhere would take many minutes.
  @Test(.timeLimit(.minutes(2))) func twentyThousandTensors() throws {
    let bytes = floatBytes(floats(64))
    let source = try checkpoint(
      (0..<20_000).map { index in
        TestTensor(
          "model.layers.\(index / 400).mlp.experts.\(index % 400).up_proj.weight", .F32, [2, 32],
          index % 3 == 0 ? floatBytes(floats(64, seed: index)) : bytes)
      })
    let base = try recipe("encoding: Q8_0")
    let references = try ["Q4_0", "Q5_1", "Q8_0", "F16"].map { try recipe("encoding: \($0)") }
    let output = OutputTarget.file(path: "nowhere.test")
    let sized = try SizeChooser(
      source, base: base, references: references, format: TestFormat(),
      options: ConversionOptions(), programVersion: "0"
    ).choose(.bitsPerElement(5.1), for: output)
    let plan = try Planner(
      source, recipe: sized.recipe, format: TestFormat(), options: ConversionOptions(),
      programVersion: "0"
    ).plan(for: output)
    #expect(plan.bitsPerElement <= 5.1 && plan.bitsPerElement > 5.09)
    let read = try RecipeFile.parse(
      sized.recipe.sourceText, label: "r.yaml",
      vocabulary: RecipeVocabulary(methods: ["nearest"]))
    #expect(read.rules.map(\.match.count).reduce(0, +) == 20_000)
  }
}
