internal import Tensors

/// The best change of at most two tensors of an assignment.
struct SizingFill {
  /// One tensor gets another candidate.
  private struct Change {
    var tensor: Int
    var candidate: Int
    /// Bytes that it adds; negative where it frees some.
    var byteCount: Int
    /// Harm that it avoids; negative where it adds some.
    var gain: Double
  }

  /// By bytes added, then gain falling, then tensor.
  private let changes: [Change]

  /// Looks for changes of `assignment`, but not of the tensors for which `isLeft` is true.
  init(_ problem: SizingProblem, _ assignment: [Int], without isLeft: [Bool]) {
    var changes: [Change] = []
    for (tensor, list) in problem.candidates.enumerated() where !isLeft[tensor] {
      let current = list[assignment[tensor]]
      for (index, candidate) in list.enumerated() where index != assignment[tensor] {
        changes.append(
          Change(
            tensor: tensor, candidate: index, byteCount: candidate.byteCount - current.byteCount,
            gain: current.harm - candidate.harm))
      }
    }
    self.changes = changes.sorted {
      ($0.byteCount, $1.gain, $0.tensor, $0.candidate)
        < ($1.byteCount, $0.gain, $1.tensor, $1.candidate)
    }
  }

  /// `assignment` with the change, or the two, that avoid the most harm with at most `left` bytes
  /// more, if any avoids some. Takes one pass over all changes.
  func improved(_ assignment: [Int], spending left: Int) -> [Int] {
    // The best partners for a change of so many bytes, of two tensors: one may be the change's own.
    var best: [Change] = []
    var next = 0
    var gain = 0.0
    var found: [Change] = []
    for change in changes.reversed() {
      while next < changes.count, changes[next].byteCount <= left - change.byteCount {
        SizingFill.insert(changes[next], into: &best)
        next += 1
      }
      if change.byteCount <= left, change.gain > gain { (gain, found) = (change.gain, [change]) }
      if let partner = best.first(where: { $0.tensor != change.tensor }),
        change.gain + partner.gain > gain
      {
        (gain, found) = (change.gain + partner.gain, [change, partner])
      }
    }
    var result = assignment
    for change in found { result[change.tensor] = change.candidate }
    return result
  }

  /// Keeps the two greatest gains of different tensors, the earlier one of equals first.
  private static func insert(_ change: Change, into best: inout [Change]) {
    if let index = best.firstIndex(where: { $0.tensor == change.tensor }) {
      guard change.gain > best[index].gain else { return }
      best.remove(at: index)
    }
    let place = best.firstIndex { $0.gain < change.gain } ?? best.count
    best.insert(change, at: place)
    if best.count > 2 { best.removeLast() }
  }
}
