internal import Tensors

extension ElementType {
  /// Whether a tensor of `shape` is a whole number of blocks, in each row where blocks follow rows.
  func fits(_ shape: Shape) -> Bool { unit(of: shape) % blockElementCount == 0 }

  /// Why it does not fit, in words.
  func misfitReason(_ shape: Shape) -> String {
    "\(blocksFollowRows ? "rows" : "tensors") of \(unit(of: shape)) elements are not whole blocks "
      + "of \(blockElementCount)"
  }

  private func unit(of shape: Shape) -> Int {
    blocksFollowRows ? shape.rowElementCount : shape.elementCount
  }
}

extension ModelError {
  /// The error for a shape that neither the encoding nor a fallback can hold; it says what would.
  static func misfit(
    _ wanted: ElementType, _ tensor: TensorInfo, rule: String, fallbacks: [ElementType]
  ) -> ModelError {
    // The nearest in size first, among what recipes offer in earnest.
    let candidates: [ElementType] = [
      .Q4_0, .Q4_1, .Q5_0, .Q5_1, .Q8_0, .F8_E4M3, .F16, .BF16, .F32,
    ]
    let fitting =
      candidates
      .filter { $0 != wanted && !fallbacks.contains($0) && $0.fits(tensor.shape) }
      .sorted {
        abs($0.bitsPerElement - wanted.bitsPerElement)
          < abs($1.bitsPerElement - wanted.bitsPerElement)
      }
    let names = fitting.map(\.rawValue).joined(separator: ", ")
    let proposal = fitting.first { $0 == .F16 } ?? fitting.first ?? .F32
    let tried =
      fallbacks.isEmpty
      ? "and \(rule) names no fallback"
      : "and neither does a fallback of \(rule): \(fallbacks.map(\.rawValue).joined(separator: ", "))"
    return ModelError(
      .refused, "row-not-whole-blocks",
      "\(wanted.rawValue) cannot hold shape \(tensor.shape): \(wanted.misfitReason(tensor.shape)), "
        + "\(tried). These fit: \(names). Name a fallback in the recipe "
        + "(`fallback: [\(proposal.rawValue)]`), or say "
        + "--tensor-type '\(escapedForRegularExpression(tensor.name))=\(proposal.rawValue)'",
      tensor: tensor.name)
  }

  /// The error for an encoding that does not fit for another reason than the shape.
  static func unfit(
    _ wanted: ElementType, _ tensor: TensorInfo, because reason: String, rule: String
  ) -> ModelError {
    ModelError(
      .refused, "encoding-unfit",
      "\(wanted.rawValue) (\(rule)) does not fit: \(reason), and there is no fallback that does. "
        + "Name one in the recipe, or say "
        + "--tensor-type '\(escapedForRegularExpression(tensor.name))=Q8_0'", tensor: tensor.name)
  }

  private static func escapedForRegularExpression(_ name: String) -> String {
    var result = "^"
    for scalar in name.unicodeScalars {
      if ".^$[](){}|*+?\\".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result + "$"
  }
}
