internal import Recipes
internal import Tensors

/// Finds the budget of tensor data with which the whole output keeps to its size.
///
/// Headers hardly depend on the types, and padding little, so the second attempt mostly fits to the
/// byte; every answer was measured by the planner.
struct SizeSearch {
  enum Result {
    case found([Int])
    /// Bytes that the smallest output has too many.
    case tooSmall(excess: Int)
  }

  let solver: SizingSolver
  let problem: SizingProblem
  /// Bytes that the output of an assignment has too many; not above 0 if it fits.
  let excess: ([Int]) throws(ModelError) -> Int

  /// Attempts that are made before the best so far counts.
  private static let attemptCount = 8
  /// What one tensor's padding can change, at the most.
  private static let paddingByteCount = 64

  func run() throws(ModelError) -> Result {
    var best = problem.smallest
    let least = try excess(best)
    guard least <= 0 else { return .tooSmall(excess: least) }
    var budget = problem.byteCount(of: best) - least
    for _ in 0..<SizeSearch.attemptCount {
      guard let assignment = solver.assignment(within: budget) else { break }
      let over = try excess(assignment)
      if over <= 0, problem.harm(of: assignment) < problem.harm(of: best) { best = assignment }
      let next = problem.byteCount(of: assignment) - over
      // Where the header grew with the types, the same assignment may come back: ask for less.
      let wanted = over > 0 ? min(next, budget - 1) : next
      if wanted == budget { break }
      budget = wanted
    }
    // Padding may let a reference fit whose data is a little above the budget.
    let bound = budget + SizeSearch.paddingByteCount * problem.candidates.count
    for reference in solver.references
    where problem.byteCount(of: reference) <= bound
      && problem.harm(of: reference) < problem.harm(of: best)
    {
      if try excess(reference) <= 0 { best = reference }
    }
    return .found(best)
  }
}
