internal import Dialects
internal import Tensors

extension Planner {
  /// All output tensors in the order of the source, each new NVFP4 tensor followed by its factors;
  /// and the factors in the source that numbers take in when they become something else. `decided`
  /// has nil for those in the source.
  func withFactors(_ decided: [PlannedTensor?], _ factors: FactorTensors) throws(ModelError)
    -> ([PlannedTensor], takenIn: [TensorInfo])
  {
    var isKept: Set<String> = []
    for case let tensor? in decided where tensor.outcome == .exact { isKept.insert(tensor.name) }
    var tensors: [PlannedTensor] = []
    var takenIn: [TensorInfo] = []
    for (source, tensor) in zip(checkpoint.tensors, decided) {
      guard let tensor else {
        let owner = factors.owner(of: source.name) ?? ""
        if isKept.contains(owner) {
          tensors.append(
            PlannedTensor(
              name: source.name, source: source, elementType: source.elementType, method: nil,
              outcome: .exact, offset: 0, byteCount: source.byteCount,
              rule: "belongs to \(owner)", fellBackFrom: nil))
        } else {
          takenIn.append(source)
        }
        continue
      }
      tensors.append(tensor)
      if tensor.outcome == .requantized, tensor.elementType == .NVFP4 {
        tensors.append(try PlannedTensor(factorsOf: tensor))
      }
    }
    return (tensors, takenIn)
  }
}

extension PlannedTensor {
  /// The factors of `tensor`, which becomes NVFP4: F32, one for each matrix.
  init(factorsOf tensor: PlannedTensor) throws(ModelError) {
    let shape = try Shape([tensor.source.factorCount])
    self.init(
      name: FactorNames.weight(of: tensor.name), source: tensor.source, elementType: .F32,
      method: nil, outcome: .derived, offset: 0,
      byteCount: try ElementType.F32.byteCount(of: shape),
      rule: "belongs to \(tensor.name)", fellBackFrom: nil)
    factorShape = shape
    sourceFactors = tensor.sourceFactors
  }
}
