internal import Encodings
internal import Methods
internal import Recipes
internal import Tensors

extension RecipeVocabulary {
  /// The encodings that this program writes and the methods that it knows.
  static let ofProgram = RecipeVocabulary(
    encodings: EncodingTable.all.filter(\.canEncode).compactMap { ElementType(rawValue: $0.name) },
    methods: MethodTable.all.map { $0.name })
}
