internal import Tensors

/// A role and the endings that names with this role have.
///
/// An ending is a run of whole components, such as `self_attn.q_proj`, without the final `weight`
/// or `bias`; `#` stands for a number.
struct RoleNames: Sendable {
  var role: TensorRole
  var endings: [String]

  init(_ role: TensorRole, _ endings: String...) {
    self.role = role
    self.endings = endings
  }
}

/// The names of one dialect, as data.
///
/// A name is read as `prefix . marker . block number . rest . weight|bias`. The longest ending in
/// the table that `rest` has decides the role; names without a block number are looked up in
/// `outside`, the others in `inside`, because `output` means one thing in a model and another in
/// a block.
struct NameTable: Sendable {
  private let blockMarkers: [[UInt8]]
  private let expertMarkers: [[UInt8]]
  private let normMarkers: [[UInt8]]
  private let outside: [String: TensorRole]
  private let inside: [String: TensorRole]
  /// Components of the longest ending.
  private let longestEnding: Int

  /// Nested modules deeper than any model has are not worth a search, whatever the file says.
  private static let maximumComponentCount = 32

  /// Creates a table; of two roles with the same ending the first one counts.
  ///
  /// - Parameters:
  ///   - blockMarkers: Components that are followed by the number of a block.
  ///   - expertMarkers: Components that are followed by the number of an expert.
  ///   - normMarkers: Parts, in lower case, that make the last component a norm's if no ending
  ///     fits.
  init(
    blockMarkers: [String], expertMarkers: [String], normMarkers: [String],
    outside: [RoleNames], inside: [RoleNames]
  ) {
    self.blockMarkers = blockMarkers.map { Array($0.utf8) }
    self.expertMarkers = expertMarkers.map { Array($0.utf8) }
    self.normMarkers = normMarkers.map { Array($0.utf8) }
    self.outside = NameTable.byEnding(outside)
    self.inside = NameTable.byEnding(inside)
    self.longestEnding =
      (outside + inside).flatMap(\.endings)
      .map { $0.split(separator: ".").count }.max() ?? 0
  }

  private static func byEnding(_ table: [RoleNames]) -> [String: TensorRole] {
    var result: [String: TensorRole] = [:]
    for names in table {
      for ending in names.endings where result[ending] == nil { result[ending] = names.role }
    }
    return result
  }

  /// What `name` says; `other` if the table does not know it. Works on bytes: checkpoints of
  /// experts have a hundred thousand names.
  func meaning(of name: String) -> TensorMeaning {
    var components = Array(name.utf8).split(
      separator: UInt8(ascii: "."), maxSplits: NameTable.maximumComponentCount,
      omittingEmptySubsequences: false)[...]
    guard components.count <= NameTable.maximumComponentCount else { return TensorMeaning(.other) }

    let block = number(after: blockMarkers, in: components)
    if let block { components = components[(block.index + 1)...] }
    let expert = number(after: expertMarkers, in: components)

    let last = components.last ?? []
    let isWeight = last.elementsEqual("weight".utf8)
    let isBias = last.elementsEqual("bias".utf8)
    if isWeight || isBias { components = components.dropLast() }
    var role = role(of: components, in: block == nil ? outside : inside)
    if role != .norm, isBias || last.suffix(5).elementsEqual("_bias".utf8) { role = .bias }
    return TensorMeaning(role, block: block?.value, expert: expert?.value)
  }

  private func role(
    of components: ArraySlice<ArraySlice<UInt8>>, in table: [String: TensorRole]
  ) -> TensorRole {
    for count in stride(from: min(longestEnding, components.count), to: 0, by: -1) {
      var ending: [UInt8] = []
      for component in components.suffix(count) {
        if !ending.isEmpty { ending.append(UInt8(ascii: ".")) }
        if number(component) == nil {
          ending.append(contentsOf: component)
        } else {
          ending.append(UInt8(ascii: "#"))
        }
      }
      if let role = table[String(decoding: ending, as: UTF8.self)] { return role }
    }
    guard let last = components.last else { return .other }
    let lowered = last.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    return normMarkers.contains { holds(lowered, $0) } ? .norm : .other
  }

  /// The first number that follows one of `markers`, and its place.
  private func number(
    after markers: [[UInt8]], in components: ArraySlice<ArraySlice<UInt8>>
  ) -> (index: Int, value: Int)? {
    for index in components.indices.dropLast() {
      if let value = number(components[index + 1]),
        markers.contains(where: { components[index].elementsEqual($0) })
      {
        return (index + 1, value)
      }
    }
    return nil
  }

  /// The value of a component that is digits only and fits an `Int`.
  private func number(_ component: ArraySlice<UInt8>) -> Int? {
    guard let first = component.first, (48...57).contains(first) else { return nil }
    var value = 0
    for byte in component {
      guard (48...57).contains(byte) else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(byte - 48))
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }

  private func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    guard text.count >= part.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
  }
}
