public import Tensors

/// Which type for which tensor, if all of them together may take so many bytes and no more.
///
/// The harm of a choice is the sum over tensors, so the problem is the knapsack with one choice out
/// of each class (multiple-choice knapsack).
public struct SizingProblem: Sendable, Hashable {
  /// One type that a tensor could have.
  public struct Candidate: Sendable, Hashable {
    /// The type.
    public var elementType: ElementType
    /// Bytes of the tensor in this type.
    public var byteCount: Int
    /// What it costs in accuracy, in a unit that all tensors share; finite and at least 0.
    public var harm: Double

    /// Creates a candidate.
    public init(_ elementType: ElementType, byteCount: Int, harm: Double) {
      self.elementType = elementType
      self.byteCount = byteCount
      self.harm = harm
    }
  }

  /// The candidates of each tensor; of a tensor that is not to be changed its one type. No list is
  /// empty.
  public var candidates: [[Candidate]]

  /// Creates a problem. Throws `invalidArgument` (`no-candidate`) for a tensor without candidates,
  /// `limitExceeded` (`model-too-large`) for more than 2^60 bytes, so that no sum can overflow.
  public init(_ candidates: [[Candidate]]) throws(ModelError) {
    var sum = 0
    for list in candidates {
      guard let largest = list.map(\.byteCount).max(),
        list.allSatisfy({ $0.harm.isFinite && $0.harm >= 0 && $0.byteCount >= 0 })
      else {
        throw ModelError(
          .invalidArgument, "no-candidate", "a tensor has no type that could be chosen")
      }
      guard largest <= SizingProblem.byteLimit - sum else {
        throw ModelError(
          .limitExceeded, "model-too-large", "the tensors take more than 2^60 bytes together")
      }
      sum += largest
    }
    self.candidates = candidates
  }

  private static let byteLimit = 1 << 60

  /// Bytes of an assignment: an index into the candidates of each tensor.
  public func byteCount(of assignment: [Int]) -> Int {
    zip(candidates, assignment).reduce(0) { $0 + $1.0[$1.1].byteCount }
  }

  /// The harm of an assignment, summed in the tensors' order.
  public func harm(of assignment: [Int]) -> Double {
    zip(candidates, assignment).reduce(0) { $0 + $1.0[$1.1].harm }
  }

  /// The assignment of the fewest bytes, and of those the one that harms least.
  public var smallest: [Int] {
    candidates.map { list in
      list.indices.reduce(0) { best, index in
        (list[index].byteCount, list[index].harm) < (list[best].byteCount, list[best].harm)
          ? index : best
      }
    }
  }

  /// One type for every tensor that has it. The others get what is next above it in bytes, or
  /// their largest: fallbacks lose no accuracy by this.
  public func uniform(_ type: ElementType) -> [Int] {
    candidates.map { list in
      if let index = list.firstIndex(where: { $0.elementType == type }) { return index }
      let wanted = type.bitsPerElement
      var next: (index: Int, bits: Double)?
      var largest = (index: 0, bits: 0.0)
      for (index, candidate) in list.enumerated() {
        let bits = candidate.elementType.bitsPerElement
        if bits >= largest.bits { largest = (index, bits) }
        if bits >= wanted, next.map({ bits < $0.bits }) ?? true { next = (index, bits) }
      }
      return next?.index ?? largest.index
    }
  }
}
