internal import Tensors

/// Solves a `SizingProblem`: never over the budget, never worse than a uniform assignment that
/// fits, and never worse for a larger budget.
///
/// 1. Each tensor's candidates are reduced to the lower convex hull of harm over bytes.
/// 2. From the smallest assignment on, the hulls' steps are taken in the order of harm avoided per
///    byte until one does not fit. At that point no assignment of as few bytes harms less: it is
///    the optimum of the linear relaxation.
/// 3. Two ways to spend what is left are tried. One is the best change of one or two tensors to any
///    of their candidates, which includes making one smaller for another's sake. The other is to
///    leave the tensor whose step does not fit as it is, and to go on at 2 with the others.
/// 4. If a uniform assignment, or one of `references`, fits and harms less, it is taken.
///
/// Of two budgets that end at the same step in 2, the larger has more choice in 3; if the larger
/// goes beyond, 2 alone is at least as good as anything within the smaller. The same holds for the
/// tensors that are left each time. Ties are decided by the tensors' order, so the result depends on
/// nothing but the problem.
public struct SizingSolver: Sendable {
  private let problem: SizingProblem
  /// The uniform assignments and those given: where one fits, the result is not worse.
  public let references: [[Int]]
  private let smallest: [Int]
  private let smallestByteCount: Int
  private let steps: [Step]

  /// How often changes of two tensors are searched for: the first times matter, and each looks at
  /// every candidate.
  private static let fillCount = 16

  private struct Step {
    var tensor: Int
    var candidate: Int
    var byteCount: Int
    var harmPerByte: Double
  }

  /// Prepares what does not depend on the budget. `references` are assignments that the result must
  /// not be worse than where they fit, besides the uniform ones.
  public init(_ problem: SizingProblem, references: [[Int]] = []) {
    self.problem = problem
    smallest = problem.smallest
    smallestByteCount = problem.byteCount(of: smallest)
    var types: [ElementType] = []
    for candidate in problem.candidates.joined() where !types.contains(candidate.elementType) {
      types.append(candidate.elementType)
    }
    self.references = types.map(problem.uniform) + references
    var steps: [Step] = []
    for (tensor, list) in problem.candidates.enumerated() {
      let hull = SizingSolver.hull(list, from: smallest[tensor])
      for (lower, upper) in zip(hull, hull.dropFirst()) {
        steps.append(
          Step(
            tensor: tensor, candidate: upper,
            byteCount: list[upper].byteCount - list[lower].byteCount,
            harmPerByte: SizingSolver.slope(list[lower], list[upper])))
      }
    }
    // Within a tensor the slopes fall strictly, so its steps stay in order.
    self.steps = steps.sorted {
      ($1.harmPerByte, $0.tensor, $0.byteCount) < ($0.harmPerByte, $1.tensor, $1.byteCount)
    }
  }

  /// The assignment for `budget` bytes; nil if even the smallest one takes more.
  public func assignment(within budget: Int) -> [Int]? {
    guard smallestByteCount <= budget else { return nil }
    var result = smallest
    // All that could be spent is less, and nothing added to it overflows.
    var left = min(budget, 1 << 61) - smallestByteCount
    var best = result
    var harm = Double.infinity
    func consider(_ assignment: [Int]) {
      let other = problem.harm(of: assignment)
      if other < harm { (best, harm) = (assignment, other) }
    }
    var isLeft = [Bool](repeating: false, count: result.count)
    var leftCount = 0
    for step in steps where !isLeft[step.tensor] {
      if step.byteCount <= left {
        result[step.tensor] = step.candidate
        left -= step.byteCount
        continue
      }
      if leftCount < SizingSolver.fillCount {
        consider(SizingFill(problem, result, without: isLeft).improved(result, spending: left))
      }
      isLeft[step.tensor] = true
      leftCount += 1
    }
    consider(result)
    for reference in references where problem.byteCount(of: reference) <= budget {
      consider(reference)
    }
    return best
  }

  /// The candidates on the lower convex hull, from `first`, the smallest, to larger ones that harm
  /// less.
  private static func hull(_ list: [SizingProblem.Candidate], from first: Int) -> [Int] {
    let larger = list.indices.filter { list[$0].byteCount > list[first].byteCount }
      .sorted { (list[$0].byteCount, list[$0].harm, $0) < (list[$1].byteCount, list[$1].harm, $1) }
    var hull = [first]
    for index in larger where list[index].harm < list[hull[hull.count - 1]].harm {
      while hull.count >= 2,
        slope(list[hull[hull.count - 1]], list[index])
          >= slope(list[hull[hull.count - 2]], list[hull[hull.count - 1]])
      {
        hull.removeLast()
      }
      hull.append(index)
    }
    return hull
  }

  /// Harm avoided per byte added.
  private static func slope(
    _ lower: SizingProblem.Candidate, _ upper: SizingProblem.Candidate
  ) -> Double {
    (lower.harm - upper.harm) / Double(upper.byteCount - lower.byteCount)
  }
}
