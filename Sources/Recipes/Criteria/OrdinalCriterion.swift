public import Tensors

/// Which of the tensors of its kind a tensor must be: a range over all of them, or, with
/// `of layers` behind it, one that is measured by the model's layers. `first 1/8 of layers` is
/// twelve tensors where there are 96 layers, however many tensors of the kind a layer has.
public struct OrdinalCriterion: Sendable, Hashable {
  /// The range.
  public var range: RangeCriterion
  /// Whether the number of layers stands for the number of tensors.
  public var isMeasuredInLayers: Bool

  private static let suffix = " of layers"

  /// Parses a range with or without ` of layers`. Throws `invalidArgument` (`bad-criterion`).
  public init(_ text: String) throws(ModelError) {
    isMeasuredInLayers = text.hasSuffix(OrdinalCriterion.suffix)
    range = try RangeCriterion(
      isMeasuredInLayers ? String(text.dropLast(OrdinalCriterion.suffix.count)) : text)
  }

  /// Whether the tensor is in the range; false without an ordinal, or without the count needed.
  public func holds(_ ordinal: TensorMeaning.Ordinal?, layerCount: Int?) -> Bool {
    guard let ordinal, let count = isMeasuredInLayers ? layerCount : ordinal.count else {
      return false
    }
    return range.holds(ordinal.index, of: count)
  }

  /// The criterion as a recipe file may spell it.
  var text: String { range.text + (isMeasuredInLayers ? OrdinalCriterion.suffix : "") }
}
