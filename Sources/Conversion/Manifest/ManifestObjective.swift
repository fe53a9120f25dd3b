internal import Encodings
public import Tensors

extension Manifest {
  /// The error by what the numbers of a tensor were chosen by, beside that of `nearest`.
  public struct Objective: Sendable, Equatable {
    /// Whether the columns had the weights of the importance matrix; all had 1 otherwise.
    public var isWeighted: Bool
    /// The root of Σ weight × (decoded − source)² / Σ weight × source²; 0 where nothing was lost.
    public var relativeRMSE: Double
    /// The same of what `nearest` would have written; nil where it is what was written.
    public var nearestRelativeRMSE: Double?

    /// By how much the error is lower than that of `nearest`, as a part of it: 0 if both are 0; nil
    /// if there is no other method to compare with.
    public var reduction: Double? {
      nearestRelativeRMSE.map { $0 == 0 ? 0 : 1 - relativeRMSE / $0 }
    }
  }

  /// √(`error` / `reference`). An error on a tensor of zeros has no finite ratio; 1 says that
  /// nothing was kept.
  static func relativeRMSE(_ error: Double, of reference: Double) -> Double {
    error == 0 ? 0 : reference == 0 ? 1 : (error / reference).squareRoot()
  }
}

extension Manifest.Objective {
  static let members = ["weighted", "relativeRMSE", "nearest"]

  init(_ sums: Objective, isWeighted: Bool) {
    func relative(_ error: Double) -> Double {
      Manifest.relativeRMSE(error, of: sums.weightedSquare)
    }
    self.init(
      isWeighted: isWeighted, relativeRMSE: relative(sums.weightedError),
      nearestRelativeRMSE: sums.nearestWeightedError.map(relative))
  }

  /// Throws `malformed` (`manifest-member`) unless it fits numbers chosen by `method`.
  init(_ object: ManifestObject, method: String?) throws(ModelError) {
    isWeighted = try object.bool("weighted")
    relativeRMSE = try object.double("relativeRMSE")
    nearestRelativeRMSE = object.isNull("nearest") ? nil : try object.double("nearest")
    guard let method, (method == "nearest") == (nearestRelativeRMSE == nil),
      isWeighted || nearestRelativeRMSE != nil, relativeRMSE >= 0, nearestRelativeRMSE ?? 0 >= 0
    else {
      throw ModelError(
        .malformed, "manifest-member", "\"objective\" is not what the method makes it")
    }
  }

  var json: JSONValue {
    .object([
      "weighted": .bool(isWeighted), "relativeRMSE": .number("\(relativeRMSE)"),
      "nearest": nearestRelativeRMSE.map { .number("\($0)") } ?? .null,
    ])
  }
}

extension Manifest.Objective: CustomStringConvertible {
  /// `weighted relative RMSE 0.08, 0.09 by nearest`.
  public var description: String {
    (isWeighted ? "weighted relative RMSE " : "relative RMSE ") + "\(relativeRMSE)"
      + (nearestRelativeRMSE.map { ", \($0) by nearest" } ?? "")
  }
}
