internal import Tensors

/// How the axes of a tensor are taken apart and put together again:
/// `(heads 2 half) ... -> (heads half 2) ...`.
///
/// Left of the arrow stand the extents of the Hugging Face tensor, right those of llama.cpp's; what is
/// in parentheses is one extent, the first word the slowest. A number is an axis of that extent, `...`
/// are any further extents, and every other word is a size of the file or found from the shape. With a
/// split, one axis falls into segments and there is a right side for each, separated by commas; an axis
/// of segments of one may be left out there. Nothing is lost on the way, so each arrangement has an
/// inverse.
struct Arrangement: Sendable, Hashable {
  /// An axis that falls into segments.
  struct Split: Sendable, Hashable {
    var axis: String
    /// The extent of each, as expressions over the sizes of the file.
    var segments: [SizeExpression]
    /// Whether the segments become one tensor, one behind the other, and not several.
    var isJoined: Bool
  }

  /// The axes that make each extent of the Hugging Face tensor.
  var left: [[String]]
  /// The same for each tensor of llama.cpp.
  var right: [[[String]]]
  /// Whether both sides end in `...`.
  var hasRest: Bool
  /// Nil if every axis stays whole.
  var split: Split?

  /// The axis that stands for `...`.
  static let rest = "..."

  /// Reads the notation.
  ///
  /// Throws `invalidArgument` (`architecture-axes`) if it is none, an axis appears on one side only or
  /// twice on one, or the right sides are not as many as the segments want.
  init(_ text: String, split: Split? = nil) throws(ModelError) {
    let sides = Arrangement.parts(of: text, separator: "->")
    guard sides.count == 2 else { throw Arrangement.error(text, "it has no `->`") }
    let rights = Arrangement.parts(of: sides[1], separator: ",")
    let left = try Arrangement.extents(sides[0], text)
    var right: [[[String]]] = []
    for side in rights { right.append(try Arrangement.extents(side, text)) }
    hasRest = left.last == [Arrangement.rest]
    self.left = left
    self.right = right
    self.split = split
    let targetCount = split.map { $0.isJoined ? 1 : $0.segments.count } ?? 1
    guard right.count == targetCount else {
      throw Arrangement.error(text, "\(right.count) right sides where \(targetCount) are wanted")
    }
    let axes = left.flatMap(\.self)
    if let split, !axes.contains(split.axis) {
      throw Arrangement.error(text, "there is no axis \(split.axis)")
    }
    for side in right {
      let others = side.flatMap(\.self)
      let missing = Set(axes).symmetricDifference(others)
      guard Set(axes).count == axes.count, Set(others).count == others.count,
        missing.isEmpty || (split?.isJoined == false && missing == [split?.axis])
      else { throw Arrangement.error(text, "both sides have to hold every axis once") }
      guard !hasRest || side.last == [Arrangement.rest] else {
        throw Arrangement.error(text, "`...` has to end both sides")
      }
    }
  }

  private static func error(_ text: String, _ message: String) -> ModelError {
    ModelError(.invalidArgument, "architecture-axes", "\"\(text)\": \(message)")
  }

  private static func parts(of text: String, separator: String) -> [String] {
    var result: [String] = [""]
    var rest = text[...]
    while let first = rest.first {
      if rest.hasPrefix(separator) {
        result.append("")
        rest = rest.dropFirst(separator.count)
      } else {
        result[result.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  private static func extents(_ side: String, _ text: String) throws(ModelError) -> [[String]] {
    var result: [[String]] = []
    var open: [String]?
    var word = ""
    func finishWord() {
      guard !word.isEmpty else { return }
      if open != nil { open?.append(word) } else { result.append([word]) }
      word = ""
    }
    for character in side {
      switch character {
      case "(":
        finishWord()
        guard open == nil else { throw error(text, "parentheses do not nest") }
        open = []
      case ")":
        finishWord()
        guard let axes = open, !axes.isEmpty else { throw error(text, "`)` closes nothing") }
        result.append(axes)
        open = nil
      case " ": finishWord()
      default: word.append(character)
      }
    }
    finishWord()
    guard open == nil, !result.isEmpty else { throw error(text, "a side is not complete") }
    return result
  }
}
