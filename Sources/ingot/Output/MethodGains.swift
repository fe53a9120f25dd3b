internal import Conversion
internal import Tensors

/// How much lower the error of a method is than that of `nearest`, over the tensors that it chose.
struct MethodGains {
  /// The method.
  let method: String
  /// Whether columns had the weights of an importance matrix.
  let isWeighted: Bool
  /// The parts of the error that are saved, lowest first; never empty.
  private let reductions: [Double]

  /// One for each method that compared itself with `nearest`, with weights and without.
  static func all(of tensors: [Manifest.Tensor]) -> [MethodGains] {
    var groups: [String: [Bool: [Double]]] = [:]
    for tensor in tensors {
      guard let method = tensor.method, let objective = tensor.objective,
        let reduction = objective.reduction
      else { continue }
      groups[method, default: [:]][objective.isWeighted, default: []].append(reduction)
    }
    return groups.sorted { $0.key < $1.key }.flatMap { method, kinds in
      [true, false].compactMap { isWeighted in
        kinds[isWeighted].map {
          MethodGains(method: method, isWeighted: isWeighted, reductions: $0.sorted())
        }
      }
    }
  }

  private var mean: Double { reductions.reduce(0, +) / Double(reductions.count) }
  private var least: Double { reductions[0] }
  private var most: Double { reductions[reductions.count - 1] }

  /// `search: weighted RMSE 5.2 % lower than nearest's on average over 30 tensors (least 0.4 %,
  /// most 9.8 %)`.
  var text: String {
    func percent(_ part: Double) -> String { decimal(part * 100, 1) + " %" }
    return "\(method): \(isWeighted ? "weighted " : "")RMSE \(percent(mean)) lower than nearest's "
      + "on average over \(reductions.count) tensors "
      + "(least \(percent(least)), most \(percent(most)))"
  }

  var json: JSONValue {
    .object([
      "method": .string(method), "comparedWith": .string("nearest"), "weighted": .bool(isWeighted),
      "tensorCount": .integer(reductions.count), "meanReduction": .number("\(mean)"),
      "leastReduction": .number("\(least)"), "mostReduction": .number("\(most)"),
    ])
  }
}
