internal import Dialects
internal import Recipes
internal import Tensors

/// Asks the recipe in a manifest again what becomes of each tensor of the source: the manifest's
/// list of encodings must be what its recipe gives.
struct RecipeCheck {
  private let recipe: Recipe
  private let model: Model
  private let hasImportance: Bool
  private let indexes: [String: Int]
  private let factors: FactorTensors
  private let metadata: [MetadataEntry]

  /// Throws `malformed` (`recipe-form`) for a recipe that this program cannot read, and what reading
  /// the source's metadata throws.
  init(_ source: Checkpoint, _ manifest: Manifest) throws(ModelError) {
    recipe = try Recipe(canonicalForm: manifest.recipe, name: manifest.recipeName)
    metadata = try MetadataCarrier.unpacked(source.metadata)
    factors = FactorTensors(source.tensors)
    model = Model(
      tensors: source.tensors, metadata: metadata, config: try ModelConfig.read(source))
    hasImportance = manifest.importance != nil
    indexes = Dictionary(zip(source.tensors.map(\.name), source.tensors.indices)) { first, _ in
      first
    }
  }

  /// How the manifest's entry for `tensor`, in the output file `file`, differs from what the recipe
  /// decides about `source`; nil if it does not.
  func finding(_ tensor: Manifest.Tensor, in file: String, source: TensorInfo) -> OutputFinding? {
    // Factors go with their tensor.
    guard let index = indexes[source.name], tensor.outcome != .derived,
      factors.owner(of: source.name) == nil
    else { return nil }
    let found: String
    do throws(ModelError) {
      let decision = try recipe.decide(
        source, model.meanings[index], of: model.facts, hasImportance: hasImportance,
        unfit: factors.unfit(source, model, metadata))
      let isQuantized = Outcome.of(source.elementType, as: decision.encoding) == .requantized
      var methods = MethodUse()
      let method = isQuantized ? try methods.name(for: decision, source) : nil
      guard
        decision.encoding != tensor.encoding || decision.fellBackFrom != tensor.fellBackFrom
          || method != tensor.method
      else { return nil }
      found = words(decision.encoding, method, decision.fellBackFrom)
    } catch {
      found = "\(error.reason)"
    }
    return OutputFinding(
      kind: .recipe, file: file, tensor: tensor.name,
      expected: words(tensor.encoding, tensor.method, tensor.fellBackFrom), found: found)
  }

  private func words(_ encoding: ElementType, _ method: String?, _ wanted: ElementType?) -> String {
    encoding.rawValue + (method.map { " by \($0)" } ?? "")
      + (wanted.map { " in place of \($0.rawValue)" } ?? "")
  }
}
