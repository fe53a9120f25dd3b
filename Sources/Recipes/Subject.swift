internal import Tensors

/// What rules look at, prepared once for all of them.
struct Subject {
  let name: NameText
  let meaning: TensorMeaning
  let kind: TensorKind?
  let rank: Int
  let elementType: ElementType
  let model: ModelFacts
  let hasImportance: Bool

  init(
    _ tensor: TensorInfo, _ meaning: TensorMeaning, _ model: ModelFacts, hasImportance: Bool
  ) {
    name = NameText(tensor.name)
    self.meaning = meaning
    kind = meaning.role.kind
    rank = tensor.shape.dimensions.drop { $0 == 1 }.count
    elementType = tensor.elementType
    self.model = model
    self.hasImportance = hasImportance
  }

  /// The layer as llama-quantize counts it; see `Rule.layers`.
  var layer: Int? {
    model.expertCount > 1 ? meaning.block : meaning.ordinal?.index ?? meaning.block
  }
}

extension Rule {
  /// Whether all criteria hold; the cheap ones are asked first.
  func matches(_ subject: Subject) -> Bool {
    if let minimumRank, subject.rank < minimumRank { return false }
    if let maximumRank, subject.rank > maximumRank { return false }
    if !sources.isEmpty, !sources.contains(subject.elementType) { return false }
    if !roles.isEmpty, !roles.contains(subject.meaning.role) { return false }
    if !kinds.isEmpty, !kinds.contains(where: { $0 == subject.kind }) { return false }
    guard holds(for: subject.model) else { return false }
    if let importance, importance != subject.hasImportance { return false }
    if let layers {
      guard let layer = subject.layer, let count = subject.model.blockCount,
        layers.holds(layer, of: count)
      else { return false }
    }
    if let ordinal,
      !ordinal.holds(subject.meaning.ordinal, layerCount: subject.model.blockCount)
    {
      return false
    }
    if !match.isEmpty, !matchIndex.matches(subject.name) { return false }
    return !except.contains { $0.matches(subject.name) }
  }

  /// Whether the criteria that concern the model as a whole hold.
  private func holds(for model: ModelFacts) -> Bool {
    if let sizeClass, sizeClass != model.sizeClass { return false }
    if let experts, !experts.holds(for: model.expertCount) { return false }
    if let queriesPerKey, !queriesPerKey.holds(for: model.queriesPerKey) { return false }
    guard !architectures.isEmpty else { return true }
    guard let name = model.architecture?.lowercased() else { return false }
    return architectures.contains { $0.lowercased() == name }
  }
}
