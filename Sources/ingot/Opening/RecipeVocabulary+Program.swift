internal import Methods
internal import Recipes

extension RecipeVocabulary {
  /// Every encoding that weights are stored in, and the methods that this program knows.
  static let ofProgram = RecipeVocabulary(methods: MethodTable.all.map { $0.name })
}
