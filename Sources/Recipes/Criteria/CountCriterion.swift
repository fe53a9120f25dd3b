public import Tensors

/// A number that a fact must have: `8`, `>=4` or `<4`.
public struct CountCriterion: Sendable, Hashable {
  /// The least number that satisfies it.
  public var minimum: Int
  /// The greatest one; nil for no bound.
  public var maximum: Int?

  /// Parses `8`, `>=4`, `<=4`, `>4` or `<4`.
  ///
  /// Throws `invalidArgument` (`bad-criterion`).
  public init(_ text: String) throws(ModelError) {
    let operators = [">=", "<=", ">", "<", ""]
    let sign = operators.first { text.hasPrefix($0) } ?? ""
    let digits = text.dropFirst(sign.count)
    guard let number = Int(digits), (0...1_000_001).contains(number), digits.first != "+" else {
      throw ModelError(
        .invalidArgument, "bad-criterion",
        "\"\(text)\" is no number, and none after >=, <=, > or <, such as \">=4\"")
    }
    guard sign != "<" || number > 0 else {
      throw ModelError(.invalidArgument, "bad-criterion", "no number is below 0")
    }
    switch sign {
    case ">=": (minimum, maximum) = (number, nil)
    case ">": (minimum, maximum) = (number + 1, nil)
    case "<=": (minimum, maximum) = (0, number)
    case "<": (minimum, maximum) = (0, number - 1)
    default: (minimum, maximum) = (number, number)
    }
  }

  /// Whether `number` satisfies it; a number that is not known does not.
  public func holds(for number: Int?) -> Bool {
    guard let number else { return false }
    return number >= minimum && number <= maximum ?? Int.max
  }

  /// The criterion as a recipe file may spell it; equal criteria have one spelling.
  var text: String {
    guard let maximum else { return ">=\(minimum)" }
    return minimum == maximum ? "\(minimum)" : "<=\(maximum)"
  }
}
