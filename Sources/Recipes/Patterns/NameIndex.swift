/// Patterns that are asked together: a recipe may name every tensor of a model, and one name after the
/// other would take quadratic time.
struct NameIndex: Sendable, Hashable {
  /// The patterns, in the order given.
  let all: [NamePattern]
  private let names: Set<[UInt8]>
  private let patterns: [NamePattern]

  /// Where so few names are compared, that is quicker than to look one up.
  private static let comparedCount = 8

  init(_ all: [NamePattern] = []) {
    self.all = all
    let names = Set(all.compactMap(\.wholeName))
    let isWorthIt = names.count > NameIndex.comparedCount
    self.names = isWorthIt ? names : []
    patterns = isWorthIt ? all.filter { $0.wholeName == nil } : all
  }

  /// Whether at least one of the patterns matches `name`.
  func matches(_ name: NameText) -> Bool {
    if !names.isEmpty, names.contains(name.bytes) { return true }
    return patterns.contains { $0.matches(name) }
  }

  /// Two are equal if their patterns are, which all else follows from.
  static func == (left: NameIndex, right: NameIndex) -> Bool { left.all == right.all }

  func hash(into hasher: inout Hasher) { hasher.combine(all) }
}
