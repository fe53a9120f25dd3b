internal import Dialects
internal import Encodings
internal import Methods
internal import Tensors

/// Whether an importance matrix decides a tensor's numbers.
public enum ImportanceUse: String, Sendable, CaseIterable {
  /// There is no matrix, the numbers are not chosen, or neither encoding nor method use weights.
  case none
  /// The numbers are chosen by the tensor's weights.
  case weighted
  /// The numbers would be chosen by weights, and the matrix has none for this tensor.
  case missing

  /// Decided by name, shape, encoding and method alone, so that making a tensor again decides alike.
  ///
  /// Throws `invalidArgument` (`importance-size`) for weights that do not fit the tensor.
  static func of(_ tensor: PlannedTensor, in importance: ImportanceMatrix?) throws(ModelError)
    -> ImportanceUse
  {
    guard let importance, tensor.outcome == .requantized,
      let codec = EncodingTable.named(tensor.elementType.rawValue),
      let method = MethodTable.named(tensor.method ?? Nearest.name),
      codec.weighting != nil || method.usesColumnWeights
    else { return .none }
    let weights = try importance.weights(for: tensor.name, shape: tensor.source.shape)
    return weights == nil ? .missing : .weighted
  }
}
