import Tensors

@testable import Recipes

/// What the tests' recipes may name.
let testVocabulary = RecipeVocabulary(methods: ["nearest", "search"])

let testCatalog = RecipeCatalog(vocabulary: testVocabulary)

/// A tensor of this name; the bytes are nowhere.
func tensor(_ name: String, _ type: ElementType, _ dimensions: [Int]) throws -> TensorInfo {
  let shape = try Shape(dimensions)
  return TensorInfo(
    name: name, elementType: type, shape: shape, offset: 0,
    byteCount: try type.byteCount(of: shape))
}

/// A recipe from inline YAML that extends nothing.
func recipe(_ yaml: String) throws -> Recipe {
  let file = try RecipeFile.parse(yaml, label: "test.yaml", vocabulary: testVocabulary)
  return try testCatalog.resolve(file)
}

/// What `recipe` makes of a tensor.
func decide(
  _ recipe: Recipe, _ name: String, _ type: ElementType, _ dimensions: [Int],
  _ role: TensorRole = .other
) throws -> Decision {
  try recipe.decide(tensor(name, type, dimensions), TensorMeaning(role))
}
