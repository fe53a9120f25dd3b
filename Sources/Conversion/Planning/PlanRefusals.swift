internal import Dialects
internal import Encodings
internal import Recipes
internal import Tensors

/// What a plan may show and a conversion must refuse.
struct PlanRefusals {
  private let importance: ImportanceMatrix?
  private var unencodable: [(tensor: String, Decision)] = []
  private var lackingImportance: [(tensor: String, Decision)] = []

  init(importance: ImportanceMatrix?) { self.importance = importance }

  /// Takes note of a tensor that is encoded anew, if something is missing for that.
  mutating func note(_ tensor: TensorInfo, _ decision: Decision) {
    if EncodingTable.named(decision.encoding.rawValue)?.canEncode != true {
      unencodable.append((tensor.name, decision))
    }
    if decision.needsImportance, importance?.weights(for: tensor.name) == nil {
      lackingImportance.append((tensor.name, decision))
    }
  }

  /// The error of the conversion: `unsupported` (`cannot-encode`) or `refused`
  /// (`importance-required`), with the first tensor and how many others; nil if nothing is missing.
  func error(of recipe: Recipe) -> ModelError? {
    guard let first = unencodable.first else {
      return recipe.refusal(lackingImportance: lackingImportance)
    }
    var types: [String] = []
    for (_, decision) in unencodable where !types.contains(decision.encoding.rawValue) {
      types.append(decision.encoding.rawValue)
    }
    let others = unencodable.count > 1 ? ", and for \(unencodable.count - 1) other tensors" : ""
    return ModelError(
      .unsupported, "cannot-encode",
      "Ingot cannot encode \(types.joined(separator: ", ")), which \(first.1.rule) asks for "
        + "here\(others); --dry-run shows the whole plan", tensor: first.tensor)
  }
}
