internal import Tensors

/// The rules of an architecture by the names of one dialect.
struct RuleTable {
  /// What a name says.
  struct Hit {
    /// The rule's place in the architecture.
    var rule: Int
    /// Which of the rule's names on this side it is.
    var part: Int
    var block: Int?
    var member: Int?
  }

  /// The rule for one block.
  struct Place: Hashable, Comparable {
    var rule: Int
    var block: Int?

    static func < (a: Place, b: Place) -> Bool {
      a.rule == b.rule ? a.block ?? -1 < b.block ?? -1 : a.rule < b.rule
    }
  }

  private var entries: [String: [(rule: Int, part: Int, pattern: TensorPattern)]] = [:]

  /// The names of Hugging Face: part 0 is the tensor, part 1 its exponents.
  static func huggingFace(_ architecture: Architecture) -> RuleTable {
    var table = RuleTable()
    for (index, rule) in architecture.tensors.enumerated() {
      table.add(index, 0, rule.huggingFace)
      if let packing = rule.packing { table.add(index, 1, packing.scales) }
    }
    return table
  }

  /// The names of llama.cpp.
  static func llamaCpp(_ architecture: Architecture) -> RuleTable {
    var table = RuleTable()
    for (index, rule) in architecture.tensors.enumerated() {
      for (part, pattern) in rule.llamaCpp.enumerated() { table.add(index, part, pattern) }
    }
    return table
  }

  private mutating func add(_ rule: Int, _ part: Int, _ pattern: TensorPattern) {
    entries[pattern.key, default: []].append((rule, part, pattern))
  }

  /// Everything that `name` can mean, in the order of the rules.
  func hits(_ name: String) -> [Hit] {
    let parts = TensorPattern.parts(of: name)
    return (entries[parts.key] ?? []).compactMap { entry in
      entry.pattern.numbers(of: parts).map {
        Hit(rule: entry.rule, part: entry.part, block: $0.block, member: $0.member)
      }
    }
  }
}

/// Tensors of one rule and block as they come.
struct Gathered {
  /// By part and member.
  var tensors: [Key: TensorInfo] = [:]

  struct Key: Hashable {
    var part: Int
    var member: Int?
  }
}
