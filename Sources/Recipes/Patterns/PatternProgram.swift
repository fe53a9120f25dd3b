internal import Tensors

/// A pattern as the instructions of a machine that follows all alternatives at once (Thompson
/// 1968, as in RE2). Time is the product of name and program, whatever the pattern is; a
/// backtracking search takes more than ten seconds for `(a+)+$` on eighteen characters.
struct PatternProgram: Sendable {
  private enum Instruction: Sendable {
    case set(ScalarSet)
    case assertion(PatternAssertion)
    case split(Int, Int)
    case jump(Int)
    case accept
  }

  private var instructions: [Instruction] = []
  private var steps = 0

  /// Instructions of one program: repetitions in braces multiply.
  private static let maximumCount = 20_000

  /// Compiles `expression`; throws `invalidArgument` (`bad-pattern`) if it grows too large.
  init(_ expression: PatternExpression, pattern: String) throws(ModelError) {
    try emit(expression, pattern)
    instructions.append(.accept)
  }

  private mutating func emit(_ expression: PatternExpression, _ pattern: String) throws(ModelError)
  {
    // Counted here and not by instructions: an empty group repeated a thousand times has none.
    steps += 1
    guard steps <= PatternProgram.maximumCount else {
      throw ModelError(
        .invalidArgument, "bad-pattern",
        "the pattern \"\(pattern)\" is too large: its repetitions unfold to more than "
          + "\(PatternProgram.maximumCount) steps")
    }
    switch expression {
    case .set(let set): instructions.append(.set(set))
    case .assertion(let assertion): instructions.append(.assertion(assertion))
    case .sequence(let parts): for part in parts { try emit(part, pattern) }
    case .alternatives(let branches): try emitAlternatives(branches[...], pattern)
    case .repetition(let body, let minimum, let maximum):
      for _ in 0..<minimum { try emit(body, pattern) }
      guard let maximum else {
        let start = reserve()
        try emit(body, pattern)
        instructions.append(.jump(start))
        instructions[start] = .split(start + 1, instructions.count)
        return
      }
      var exits: [Int] = []
      for _ in minimum..<maximum {
        exits.append(reserve())
        try emit(body, pattern)
      }
      for exit in exits { instructions[exit] = .split(exit + 1, instructions.count) }
    }
  }

  private mutating func emitAlternatives(
    _ branches: ArraySlice<PatternExpression>, _ pattern: String
  ) throws(ModelError) {
    var jumps: [Int] = []
    for branch in branches.dropLast() {
      let split = reserve()
      try emit(branch, pattern)
      jumps.append(reserve())
      instructions[split] = .split(split + 1, instructions.count)
    }
    if let last = branches.last { try emit(last, pattern) }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  private mutating func reserve() -> Int {
    instructions.append(.jump(0))
    return instructions.count - 1
  }

  /// Whether the program finds a match anywhere in `name`.
  func matches(_ name: [Unicode.Scalar]) -> Bool {
    var current: [Int] = []
    var following: [Int] = []
    // The position at which a state was last entered: a set that needs no clearing.
    var entered = [Int](repeating: -1, count: instructions.count)
    var pending: [Int] = []
    for position in 0...name.count {
      // A match may begin at every position.
      if enter(0, name, position, &current, &entered, &pending) { return true }
      guard position < name.count else { return false }
      following.removeAll(keepingCapacity: true)
      for state in current {
        if case .set(let set) = instructions[state], set.contains(name[position]),
          enter(state + 1, name, position + 1, &following, &entered, &pending)
        {
          return true
        }
      }
      swap(&current, &following)
    }
    return false
  }

  /// Adds `start` and all states that follow it without a character; true if one accepts.
  private func enter(
    _ start: Int, _ name: [Unicode.Scalar], _ position: Int, _ states: inout [Int],
    _ entered: inout [Int], _ pending: inout [Int]
  ) -> Bool {
    pending.append(start)
    while let state = pending.popLast() {
      guard entered[state] != position else { continue }
      entered[state] = position
      switch instructions[state] {
      case .accept:
        pending.removeAll(keepingCapacity: true)
        return true
      case .set: states.append(state)
      case .jump(let target): pending.append(target)
      case .split(let first, let second):
        pending.append(second)
        pending.append(first)
      case .assertion(let assertion):
        if holds(assertion, name, position) { pending.append(state + 1) }
      }
    }
    return false
  }

  private func holds(
    _ assertion: PatternAssertion, _ name: [Unicode.Scalar], _ position: Int
  ) -> Bool {
    func isWord(_ index: Int) -> Bool {
      name.indices.contains(index) && ScalarSet.wordCharacters.contains(name[index])
    }
    return switch assertion {
    case .start: position == 0
    case .end: position == name.count
    case .wordBoundary: isWord(position - 1) != isWord(position)
    case .noWordBoundary: isWord(position - 1) == isWord(position)
    }
  }
}
