internal import Tensors

/// The names of one tensor in every block, and of every expert: `blk.{b}.attn_q.weight`.
///
/// `{b}` stands for the number of a block and `{e}` for that of a member, such as an expert; each is
/// a whole component between dots.
struct TensorPattern: Hashable, Sendable {
  /// What stands in place of a number.
  private enum Slot: Hashable, Sendable {
    case block, member
    case literal(Int)
  }

  /// The pattern as written.
  let text: String
  /// The name with `#` for each component that is a number: what to look names up by.
  let key: String
  private let slots: [Slot]

  /// Reads a pattern.
  init(_ text: String) {
    self.text = text
    var slots: [Slot] = []
    var components: [Substring] = []
    for component in text.split(separator: ".", omittingEmptySubsequences: false) {
      switch component {
      case "{b}": slots.append(.block)
      case "{e}": slots.append(.member)
      default:
        guard let number = TensorPattern.number(component) else {
          components.append(component)
          continue
        }
        slots.append(.literal(number))
      }
      components.append("#")
    }
    key = components.joined(separator: ".")
    self.slots = slots
  }

  /// Whether there is one tensor for each block.
  var isInBlock: Bool { slots.contains(.block) }
  /// Whether there is one tensor for each member.
  var hasMembers: Bool { slots.contains(.member) }

  /// The name for a block and a member.
  func name(block: Int?, member: Int? = nil) -> String {
    var slot = slots.startIndex
    return key.split(separator: ".", omittingEmptySubsequences: false).map { component in
      guard component == "#", slot < slots.endIndex else { return String(component) }
      defer { slot += 1 }
      switch slots[slot] {
      case .block: return String(block ?? 0)
      case .member: return String(member ?? 0)
      case .literal(let number): return String(number)
      }
    }.joined(separator: ".")
  }

  /// A name taken apart.
  struct Parts: Hashable, Sendable {
    /// The name with `#` for each component that is a number.
    var key: String
    /// The numbers, in order.
    var numbers: [Int]
  }

  /// Block and member of a name whose key is the pattern's; nil if a number is another one.
  func numbers(of parts: Parts) -> (block: Int?, member: Int?)? {
    guard parts.numbers.count == slots.count else { return nil }
    var block: Int?
    var member: Int?
    for (slot, number) in zip(slots, parts.numbers) {
      switch slot {
      case .block:
        if let block, block != number { return nil }
        block = number
      case .member: member = number
      case .literal(let wanted): if number != wanted { return nil }
      }
    }
    return (block, member)
  }

  /// Takes `name` apart.
  static func parts(of name: String) -> Parts {
    var numbers: [Int] = []
    let components = name.split(separator: ".", omittingEmptySubsequences: false).map {
      component -> Substring in
      guard let number = number(component) else { return component }
      numbers.append(number)
      return "#"
    }
    return Parts(key: components.joined(separator: "."), numbers: numbers)
  }

  /// The value of digits as a writer would write them: nothing in front, and it fits an `Int`.
  private static func number(_ component: Substring) -> Int? {
    guard let first = component.utf8.first, component.utf8.allSatisfy({ (48...57).contains($0) }),
      first != 48 || component.utf8.count == 1
    else { return nil }
    return Int(component)
  }
}
