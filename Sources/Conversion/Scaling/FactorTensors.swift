internal import Dialects
internal import Tensors

/// The tensors of a checkpoint that hold the factors of others: `.scale` and `.input_scale` beside
/// tensors of NVFP4.
///
/// Without NVFP4 such a name means something else, and the tensor stands for itself.
struct FactorTensors {
  private let tensors: [String: TensorInfo]
  /// The NVFP4 tensor that each factor belongs to, by the factor's name.
  private var owners: [String: String] = [:]

  init(_ tensors: [TensorInfo]) {
    self.tensors = Dictionary(tensors.map { ($0.name, $0) }) { first, _ in first }
    for tensor in tensors where tensor.elementType == .NVFP4 {
      for name in [FactorNames.weight(of: tensor.name), FactorNames.input(of: tensor.name)]
      where self.tensors[name] != nil { owners[name] = tensor.name }
    }
  }

  /// The name of the NVFP4 tensor that `name` holds factors of; nil if it stands for itself.
  func owner(of name: String) -> String? { owners[name] }

  /// Whether the checkpoint has a tensor of this name.
  func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// Encodings that cannot be right for `source`, and why: NVFP4 where its factor has no place.
  func unfit(
    _ source: TensorInfo, _ model: Model, _ metadata: [MetadataEntry]
  ) -> [ElementType: String] {
    guard source.elementType != .NVFP4 else { return [:] }
    let name = FactorNames.weight(of: source.name)
    if contains(name) {
      return [.NVFP4: "the model has another \(name), where its factor belongs"]
    }
    if source.factorCount > leafElementCount {
      return [.NVFP4: "\(source.factorCount) matrices have too many factors"]
    }
    // What other programs make of such tensors is not known.
    guard model.dialect == .llamaCpp, let architecture = metadata["general.architecture"]?.string
    else { return [:] }
    let obstacle = LlamaCppFactors.obstacle(
      to: source.name, source.shape, architecture: architecture, hasTensor: contains)
    return obstacle.map { [.NVFP4: $0] } ?? [:]
  }

  /// The factors of the weights of `tensor`; nil if it is not NVFP4 or there are none.
  ///
  /// Throws `malformed` (`factor-shape`) unless they are F32, one or one for each matrix.
  func weightFactors(of tensor: TensorInfo) throws(ModelError) -> TensorInfo? {
    guard tensor.elementType == .NVFP4, let found = tensors[FactorNames.weight(of: tensor.name)]
    else { return nil }
    let count = found.shape.elementCount
    guard found.elementType == .F32, count == 1 || count == tensor.factorCount else {
      throw ModelError(
        .malformed, "factor-shape",
        "\(found.elementType.rawValue) \(found.shape) cannot hold the factors of "
          + "\(tensor.name), \(tensor.shape)", tensor: found.name)
    }
    return found
  }
}

extension Shape {
  /// Factors of a tensor in NVFP4: one for each matrix of a stack, one otherwise.
  var factorCount: Int { rank == 3 ? dimensions[0] : 1 }
}

extension TensorInfo {
  /// Factors of the tensor in NVFP4.
  var factorCount: Int { shape.factorCount }

  /// Elements that one of `count` factors is for.
  func elementsPerFactor(of count: Int) -> Int {
    max(1, count > 1 ? shape.elementCount / count : shape.elementCount)
  }
}
