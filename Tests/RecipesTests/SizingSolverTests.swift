import Tensors
import Testing

@testable import Recipes

/// Properties of the choice of types, on made-up problems.
@Suite struct SizingSolverTests {
  private static let types: [ElementType] = [.Q2_K, .Q3_K, .Q4_K, .Q5_K, .Q6_K, .Q8_0, .F16]

  /// Tensors of different sizes whose types harm less the larger they are, mostly; `seed` decides.
  private static func problem(_ seed: UInt64, tensorCount: Int) throws -> SizingProblem {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var lists: [[SizingProblem.Candidate]] = []
    for _ in 0..<tensorCount {
      let blocks = 1 + next(40) * next(40)
      let harm = Double(1 + next(1000))
      let list = types.enumerated().filter { _ in next(4) > 0 }.map { index, type in
        SizingProblem.Candidate(
          type, byteCount: blocks * type.blockByteCount * (256 / type.blockElementCount),
          harm: harm * Double(blocks) * Double(50 + next(100)) / Double(1 << (2 * index)))
      }
      lists.append(list.isEmpty ? [.init(.F32, byteCount: blocks * 1024, harm: 0)] : list)
    }
    return try SizingProblem(lists)
  }

  /// From what the smallest assignment takes to what the largest does.
  private static func budgets(_ problem: SizingProblem, count: Int) -> [Int] {
    let low = problem.byteCount(of: problem.smallest)
    let high = problem.candidates.reduce(0) { $0 + ($1.map(\.byteCount).max() ?? 0) }
    return (0...count).map { low + (high - low) * $0 / count }
  }

  @Test(arguments: 1...20) func neverOverTheBudget(seed: UInt64) throws {
    let problem = try Self.problem(seed, tensorCount: 30)
    let solver = SizingSolver(problem)
    for budget in Self.budgets(problem, count: 100) {
      let assignment = try #require(solver.assignment(within: budget))
      #expect(problem.byteCount(of: assignment) <= budget)
    }
  }

  @Test(arguments: 1...20) func neverWorseThanUniform(seed: UInt64) throws {
    let problem = try Self.problem(seed, tensorCount: 12)
    let solver = SizingSolver(problem)
    for budget in Self.budgets(problem, count: 50) {
      let harm = problem.harm(of: try #require(solver.assignment(within: budget)))
      for type in Self.types {
        let uniform = problem.uniform(type)
        guard problem.byteCount(of: uniform) <= budget else { continue }
        #expect(harm <= problem.harm(of: uniform))
      }
    }
  }

  @Test(arguments: 1...40) func moreBytesNeverHarmMore(seed: UInt64) throws {
    let problem = try Self.problem(seed, tensorCount: 2 + Int(seed) % 11)
    let solver = SizingSolver(problem)
    var last = Double.infinity
    for budget in Self.budgets(problem, count: 400) {
      let harm = problem.harm(of: try #require(solver.assignment(within: budget)))
      #expect(harm <= last * (1 + 1e-12))
      last = harm
    }
  }

  @Test(arguments: 1...10) func smallProblemsComeNearTheOptimum(seed: UInt64) throws {
    let problem = try Self.problem(seed, tensorCount: 5)
    let solver = SizingSolver(problem)
    for budget in Self.budgets(problem, count: 12) {
      let harm = problem.harm(of: try #require(solver.assignment(within: budget)))
      #expect(harm <= Self.optimum(problem, budget) * 1.5)
    }
  }

  /// The least harm, by trying everything.
  private static func optimum(_ problem: SizingProblem, _ budget: Int) -> Double {
    var open: [(byteCount: Int, harm: Double)] = [(0, 0)]
    for list in problem.candidates {
      open = open.flatMap { state in
        list.map { (state.byteCount + $0.byteCount, state.harm + $0.harm) }
      }
    }
    return open.filter { $0.byteCount <= budget }.map(\.harm).min() ?? .infinity
  }

  @Test func whatFitsNoBudgetHasNoAssignment() throws {
    let problem = try Self.problem(3, tensorCount: 4)
    let least = problem.byteCount(of: problem.smallest)
    #expect(SizingSolver(problem).assignment(within: least - 1) == nil)
    #expect(SizingSolver(problem).assignment(within: Int.min) == nil)
    #expect(SizingSolver(problem).assignment(within: least) != nil)
  }

  @Test func anyBudgetIsEnoughForTheBest() throws {
    let problem = try Self.problem(5, tensorCount: 9)
    let assignment = try #require(SizingSolver(problem).assignment(within: Int.max))
    let best = problem.candidates.reduce(0) { $0 + ($1.map(\.harm).min() ?? 0) }
    #expect(problem.harm(of: assignment) == best)
  }

  @Test func aTensorTooLargeToGrowDoesNotStopTheOthers() throws {
    let large: [SizingProblem.Candidate] = [
      .init(.Q4_0, byteCount: 1000, harm: 1000), .init(.Q8_0, byteCount: 2000, harm: 0),
    ]
    let small: [SizingProblem.Candidate] = [
      .init(.Q4_0, byteCount: 10, harm: 5), .init(.Q8_0, byteCount: 20, harm: 0),
    ]
    let problem = try SizingProblem([large, small, small, small, small])
    #expect(SizingSolver(problem).assignment(within: 1080) == [0, 1, 1, 1, 1])
  }

  @Test func aReferenceThatFitsIsNotMissed() throws {
    // The hull of one step that does not fit, and two that do not make up for it.
    let problem = try SizingProblem([
      [.init(.Q4_0, byteCount: 10, harm: 9), .init(.Q8_0, byteCount: 20, harm: 0)],
      [.init(.Q4_0, byteCount: 10, harm: 9), .init(.Q8_0, byteCount: 20, harm: 0)],
      [.init(.Q4_0, byteCount: 10, harm: 9), .init(.Q8_0, byteCount: 20, harm: 0)],
      [.init(.Q4_0, byteCount: 10, harm: 80), .init(.Q8_0, byteCount: 41, harm: 0)],
    ])
    let solver = SizingSolver(problem, references: [[0, 0, 0, 1]])
    let assignment = try #require(solver.assignment(within: 71))
    #expect(problem.harm(of: assignment) <= 27)
  }

  @Test func aTensorWithoutTypesIsRefused() {
    #expect { try SizingProblem([[]]) } throws: { ($0 as? ModelError)?.reason == "no-candidate" }
  }

  @Test func sizesBeyondSumsAreRefused() {
    #expect {
      try SizingProblem([[.init(.F32, byteCount: Int.max, harm: 0)]])
    } throws: { ($0 as? ModelError)?.reason == "model-too-large" }
  }
}
