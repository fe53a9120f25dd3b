/// A set of characters, as ranges of Unicode scalars.
struct ScalarSet: Sendable {
  private var ranges: [ClosedRange<UInt32>] = []
  private var isNegated: Bool

  init(isNegated: Bool = false) { self.isNegated = isNegated }

  init(_ scalar: Unicode.Scalar) {
    isNegated = false
    insert(scalar...scalar)
  }

  private init(_ ranges: ClosedRange<Unicode.Scalar>...) {
    isNegated = false
    for range in ranges { insert(range) }
  }

  /// Every character. A `.` stops at line ends in ECMAScript; names of tensors have none.
  static let any = ScalarSet(isNegated: true)
  static let digits = ScalarSet("0"..."9")
  static let wordCharacters = ScalarSet("0"..."9", "A"..."Z", "a"..."z", "_"..."_")
  static let whitespace = ScalarSet("\t"..."\r", " "..." ", "\u{A0}"..."\u{A0}")

  /// Adds a range, to what is excluded if the set is negated.
  mutating func insert(_ range: ClosedRange<Unicode.Scalar>) {
    ranges.append(range.lowerBound.value...range.upperBound.value)
  }

  /// Adds all members of `other`.
  mutating func insert(_ other: ScalarSet) {
    if other.isNegated {
      ranges.append(contentsOf: other.gaps)
    } else {
      ranges.append(contentsOf: other.ranges)
    }
  }

  /// All characters that are not in this set.
  var inverted: ScalarSet {
    var copy = self
    copy.isNegated.toggle()
    return copy
  }

  /// The member of a set that was made of one character; nil for others.
  var only: Unicode.Scalar? {
    guard !isNegated, ranges.count == 1, let range = ranges.first, range.count == 1 else {
      return nil
    }
    return Unicode.Scalar(range.lowerBound)
  }

  /// Whether `scalar` is a member.
  func contains(_ scalar: Unicode.Scalar) -> Bool {
    for range in ranges where range.contains(scalar.value) { return !isNegated }
    return isNegated
  }

  /// What lies between the ranges.
  private var gaps: [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { result.append(next...0x10FFFF) }
    return result
  }
}
