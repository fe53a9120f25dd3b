internal import Tensors

/// A parsed pattern.
indirect enum PatternExpression: Sendable {
  case set(ScalarSet)
  case assertion(PatternAssertion)
  case sequence([PatternExpression])
  case alternatives([PatternExpression])
  case repetition(PatternExpression, minimum: Int, maximum: Int?)
}

extension PatternExpression {
  /// The longest run of characters that stand one after the other in everything that matches;
  /// empty if there is none.
  var longestLiteral: [UInt8] {
    guard case .sequence(let parts) = self else { return [] }
    var longest: [UInt8] = []
    var current: [UInt8] = []
    for part in parts {
      if case .set(let set) = part, let scalar = set.only {
        current.append(contentsOf: String(scalar).utf8)
        if current.count > longest.count { longest = current }
      } else {
        current = []
      }
    }
    return longest
  }
}

/// What must hold between two characters.
enum PatternAssertion: Sendable, Hashable { case start, end, wordBoundary, noWordBoundary }

/// Parses the part of ECMAScript's regular expressions that needs no backtracking: literals, `.`,
/// sets, `\d \D \w \W \s \S`, `^ $ \b \B`, groups, `|`, and `* + ? {n} {n,} {n,m}`.
///
/// llama-quantize takes the same language (`std::regex`); what is missing, lookahead and
/// back-references, is refused with its position and cannot be searched for in linear time. A `?`
/// after a quantifier is accepted and changes nothing, as only the fact of a match counts.
struct RegularExpressionParser {
  private let source: String
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0

  /// Groups within groups, and the largest number in braces.
  private static let maximumDepth = 64
  private static let maximumRepetition = 1000

  init(_ source: String) {
    self.source = source
    self.scalars = Array(source.unicodeScalars)
  }

  /// Throws `invalidArgument` (`bad-pattern`).
  mutating func parse() throws(ModelError) -> PatternExpression {
    let expression = try alternatives()
    guard index == scalars.count else { throw wrong("this ) closes no group") }
    return expression
  }

  private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private func wrong(_ problem: String, at position: Int? = nil) -> ModelError {
    // `re:` stands before the expression; positions count from the pattern's own start.
    badPattern("re:" + source, at: (position ?? index) + 3, problem)
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    index += 1
    return true
  }

  private mutating func alternatives() throws(ModelError) -> PatternExpression {
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(ModelError) -> PatternExpression {
    var parts: [PatternExpression] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      parts.append(try quantified(try atom()))
    }
    return .sequence(parts)
  }

  private mutating func atom() throws(ModelError) -> PatternExpression {
    let scalar = scalars[index]
    index += 1
    switch scalar {
    case ".": return .set(.any)
    case "^": return .assertion(.start)
    case "$": return .assertion(.end)
    case "(": return try group()
    case "[": return .set(try set())
    case "\\": return try escape()
    case "*", "+", "?", "{", "}", "]":
      throw wrong("\(scalar) needs a \\ before it, or something to repeat", at: index - 1)
    default: return .set(ScalarSet(scalar))
    }
  }

  private mutating func group() throws(ModelError) -> PatternExpression {
    let opening = index - 1
    if next == "?" {
      guard index + 1 < scalars.count, scalars[index + 1] == ":" else {
        throw wrong("of groups that begin with (? only (?: is known")
      }
      index += 2
    }
    depth += 1
    guard depth <= RegularExpressionParser.maximumDepth else { throw wrong("too many groups deep") }
    let inner = try alternatives()
    depth -= 1
    guard take(")") else { throw wrong("the group that begins here has no )", at: opening) }
    return inner
  }

  private mutating func quantified(
    _ atom: PatternExpression
  ) throws(ModelError) -> PatternExpression {
    let position = index
    let bounds: (Int, Int?)
    switch next {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{": bounds = try braces()
    default: return atom
    }
    if case .assertion = atom { throw wrong("nothing to repeat", at: position) }
    index += 1
    _ = take("?")
    if let scalar = next, ["*", "+", "?", "{"].contains(scalar) {
      throw wrong("a quantifier after a quantifier")
    }
    return .repetition(atom, minimum: bounds.0, maximum: bounds.1)
  }

  /// Reads `{n}`, `{n,}` or `{n,m}` up to its closing brace, which the caller takes.
  private mutating func braces() throws(ModelError) -> (Int, Int?) {
    let opening = index
    index += 1
    guard let minimum = try count() else { throw wrong("a number is missing") }
    var maximum: Int? = minimum
    if take(",") { maximum = try count() }
    guard next == "}" else { throw wrong("the { has no }", at: opening) }
    if let maximum, maximum < minimum { throw wrong("the bounds run backwards", at: opening) }
    return (minimum, maximum)
  }

  private mutating func count() throws(ModelError) -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar) {
      value = (value ?? 0) * 10 + Int(scalar.value - 48)
      guard let value, value <= RegularExpressionParser.maximumRepetition else {
        throw wrong("more than \(RegularExpressionParser.maximumRepetition) repetitions")
      }
      index += 1
    }
    return value
  }

  private mutating func escape() throws(ModelError) -> PatternExpression {
    switch next {
    case "b":
      index += 1
      return .assertion(.wordBoundary)
    case "B":
      index += 1
      return .assertion(.noWordBoundary)
    default: return .set(try escapedSet())
    }
  }

  /// Reads what follows a `\`, inside and outside of sets.
  private mutating func escapedSet() throws(ModelError) -> ScalarSet {
    guard let scalar = next else { throw wrong("nothing follows the last \\") }
    index += 1
    switch scalar {
    case "d": return .digits
    case "D": return .digits.inverted
    case "w": return .wordCharacters
    case "W": return .wordCharacters.inverted
    case "s": return .whitespace
    case "S": return .whitespace.inverted
    case "t": return ScalarSet("\t")
    case "n": return ScalarSet("\n")
    case "r": return ScalarSet("\r")
    case "a"..."z", "A"..."Z", "0"..."9":
      throw wrong("\\\(scalar) is not known here", at: index - 1)
    default: return ScalarSet(scalar)
    }
  }

  /// Reads a set after its `[`. As in ECMAScript, `[]` is empty and `[^]` is everything.
  private mutating func set() throws(ModelError) -> ScalarSet {
    let opening = index - 1
    var result = ScalarSet(isNegated: take("^"))
    while let scalar = next, scalar != "]" {
      let position = index
      let low = try member(scalar)
      if next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" {
        index += 1
        let high = try member(scalars[index])
        guard let first = low.only, let last = high.only, first <= last else {
          throw wrong("not a range", at: position)
        }
        result.insert(first...last)
      } else {
        result.insert(low)
      }
    }
    guard take("]") else { throw wrong("the set that begins here has no ]", at: opening) }
    return result
  }

  private mutating func member(_ scalar: Unicode.Scalar) throws(ModelError) -> ScalarSet {
    if scalar == "[", index + 1 < scalars.count, [":", ".", "="].contains(scalars[index + 1]) {
      throw wrong("named sets such as [:alpha:] are not known")
    }
    index += 1
    return scalar == "\\" ? try escapedSet() : ScalarSet(scalar)
  }
}
