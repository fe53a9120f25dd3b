internal import Tensors

/// Globs as expressions; see `NamePattern` for the rules.
enum Glob {
  /// The name that a glob without wildcards stands for; nil for others and for a `\` at the end.
  static func name(_ source: String) -> String? {
    var name = ""
    var isLiteral = false
    for scalar in source.unicodeScalars {
      if !isLiteral, ["*", "?", "["].contains(scalar) { return nil }
      isLiteral = !isLiteral && scalar == "\\"
      if !isLiteral { name.unicodeScalars.append(scalar) }
    }
    return isLiteral ? nil : name
  }

  /// Throws `invalidArgument` (`bad-pattern`) for a set without an end and a `\` at the end.
  static func expression(_ source: String) throws(ModelError) -> PatternExpression {
    let scalars = Array(source.unicodeScalars)
    var parts: [PatternExpression] = [.assertion(.start)]
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      switch scalar {
      case "*": parts.append(.repetition(.set(.any), minimum: 0, maximum: nil))
      case "?": parts.append(.set(.any))
      case "[": parts.append(.set(try set(scalars, &index, source)))
      case "\\":
        guard index < scalars.count else {
          throw badPattern(source, at: index, "nothing follows the last \\")
        }
        parts.append(.set(ScalarSet(scalars[index])))
        index += 1
      default: parts.append(.set(ScalarSet(scalar)))
      }
    }
    return .sequence(parts + [.assertion(.end)])
  }

  /// Reads a set after its `[`; a `]` in the first place is a member.
  private static func set(
    _ scalars: [Unicode.Scalar], _ index: inout Int, _ source: String
  ) throws(ModelError) -> ScalarSet {
    let opening = index
    let isNegated = index < scalars.count && (scalars[index] == "!" || scalars[index] == "^")
    if isNegated { index += 1 }
    var set = ScalarSet(isNegated: isNegated)
    var isFirst = true
    while index < scalars.count, isFirst || scalars[index] != "]" {
      isFirst = false
      let low = scalars[index]
      index += 1
      if index + 1 < scalars.count, scalars[index] == "-", scalars[index + 1] != "]" {
        let high = scalars[index + 1]
        guard low <= high else { throw badPattern(source, at: index, "the range runs backwards") }
        set.insert(low...high)
        index += 2
      } else {
        set.insert(low...low)
      }
    }
    guard index < scalars.count else {
      throw badPattern(source, at: opening, "the set that begins here has no ]")
    }
    index += 1
    return set
  }
}

/// The error for a pattern; `position` is the number of characters before the trouble.
func badPattern(_ pattern: String, at position: Int, _ problem: String) -> ModelError {
  ModelError(
    .invalidArgument, "bad-pattern",
    "the pattern \"\(pattern)\" is wrong at character \(position + 1): \(problem)")
}
