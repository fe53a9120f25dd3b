public import Tensors

/// A pattern for tensor names: a glob, or a regular expression after `re:`.
///
/// - A glob must match the whole name. `*` stands for any run of characters, dots included, and
///   `**` for the same; `?` for one character; `[a-z]` and `[!a-z]` for one of a set; `\` takes the
///   next character literally. Case counts.
/// - `re:` is searched for anywhere in the name unless `^` and `$` anchor it. See
///   `RegularExpression` for what it may contain.
///
/// Matching takes time linear in the name, whatever the pattern: both come from strangers.
public struct NamePattern: Sendable, Hashable {
  /// The pattern as written, `re:` included.
  public let text: String
  private let matcher: Matcher

  /// Characters that a pattern may have at most.
  public static let maximumLength = 4096

  /// Parses a pattern. Throws `invalidArgument` (`bad-pattern`) with the position of the first
  /// character that does not fit, or if the pattern is empty or too long.
  public init(_ text: String) throws(ModelError) {
    guard !text.isEmpty, text.unicodeScalars.count <= NamePattern.maximumLength else {
      throw ModelError(
        .invalidArgument, "bad-pattern",
        "a pattern has \(text.unicodeScalars.count) characters, and must have "
          + "1...\(NamePattern.maximumLength)")
    }
    self.text = text
    if text.hasPrefix("re:") {
      matcher = try Matcher(regularExpression: String(text.dropFirst(3)))
    } else {
      matcher = try Matcher(glob: text)
    }
  }

  /// A pattern that matches one name and has no special characters.
  init(literal: String) {
    text = literal
    matcher = .whole(Array(literal.utf8))
  }

  /// The UTF-8 of the only name that the pattern matches; nil for a pattern of another kind.
  var wholeName: [UInt8]? {
    if case .whole(let name) = matcher { name } else { nil }
  }

  /// Whether the pattern matches `name`.
  public func matches(_ name: String) -> Bool { matches(NameText(name)) }

  /// The same for a name that is already taken apart: a name meets many patterns.
  func matches(_ name: NameText) -> Bool { matcher.matches(name) }

  /// Two patterns are equal if they are written alike.
  public static func == (left: NamePattern, right: NamePattern) -> Bool { left.text == right.text }

  /// Hashes the pattern as written.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension NamePattern: CustomStringConvertible {
  /// The pattern as written.
  public var description: String { text }
}

/// A name in the form that patterns look at.
struct NameText {
  let string: String
  let bytes: [UInt8]

  init(_ string: String) {
    self.string = string
    self.bytes = Array(string.utf8)
  }
}

/// Most patterns are a literal between two stars, and most others hold one: a search for bytes is
/// far quicker than a program. UTF-8 lets nothing match from the middle of a character.
private enum Matcher: Sendable {
  case everything
  case whole([UInt8])
  case beginning([UInt8])
  case ending([UInt8])
  case anywhere([UInt8])
  /// A program, and what every name that it matches contains; may be empty.
  case program(PatternProgram, containing: [UInt8])

  init(regularExpression source: String) throws(ModelError) {
    let metacharacters = Set(".^$[](){}|*+?\\".unicodeScalars)
    if !source.isEmpty, !source.unicodeScalars.contains(where: metacharacters.contains) {
      self = .anywhere(Array(source.utf8))
    } else {
      var parser = RegularExpressionParser(source)
      self = try Matcher(try parser.parse(), source)
    }
  }

  init(glob source: String) throws(ModelError) {
    if let name = Glob.name(source) {
      self = .whole(Array(name.utf8))
      return
    }
    let isOpenAtStart = source.hasPrefix("*")
    let inner = source.dropFirst(isOpenAtStart ? 1 : 0)
    let isOpenAtEnd = inner.hasSuffix("*")
    let literal = inner.dropLast(isOpenAtEnd ? 1 : 0)
    guard !literal.unicodeScalars.contains(where: { ["*", "?", "[", "\\"].contains($0) }) else {
      self = try Matcher(try Glob.expression(source), source)
      return
    }
    let bytes = Array(literal.utf8)
    self =
      switch (isOpenAtStart, isOpenAtEnd) {
      case (true, _) where bytes.isEmpty: .everything
      case (true, true): .anywhere(bytes)
      case (true, false): .ending(bytes)
      case (false, true): .beginning(bytes)
      case (false, false): .whole(bytes)
      }
  }

  private init(_ expression: PatternExpression, _ source: String) throws(ModelError) {
    self = .program(
      try PatternProgram(expression, pattern: source), containing: expression.longestLiteral)
  }

  func matches(_ name: NameText) -> Bool {
    switch self {
    case .everything: true
    case .whole(let literal): name.bytes == literal
    case .beginning(let literal): name.bytes.starts(with: literal)
    case .ending(let literal): name.bytes.suffix(literal.count).elementsEqual(literal)
    case .anywhere(let literal): Matcher.find(literal, in: name.bytes)
    case .program(let program, let literal):
      Matcher.find(literal, in: name.bytes) && program.matches(Array(name.string.unicodeScalars))
    }
  }

  private static func find(_ literal: [UInt8], in name: [UInt8]) -> Bool {
    guard let first = literal.first else { return true }
    guard name.count >= literal.count else { return false }
    return name.withUnsafeBufferPointer { name in
      literal.withUnsafeBufferPointer { literal in
        // Names have at most some hundreds of characters in practice, and literals tens.
        for start in 0...(name.count - literal.count) where name[start] == first {
          var length = 1
          while length < literal.count, name[start + length] == literal[length] { length += 1 }
          if length == literal.count { return true }
        }
        return false
      }
    }
  }
}
