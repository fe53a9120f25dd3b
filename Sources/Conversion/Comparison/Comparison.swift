internal import Encodings
public import Tensors

/// Compares two checkpoints tensor by tensor, whatever their containers and encodings.
public struct Comparison: Sendable {
  private let first: Checkpoint
  private let second: Checkpoint

  /// Creates a comparison of the second checkpoint with the first.
  public init(_ first: Checkpoint, _ second: Checkpoint) {
    self.first = first
    self.second = second
  }

  /// One result for each name of either checkpoint: the first's order, then what only the second
  /// has. Reads every byte once; O(1) memory. Throws `io`, or what a plugin reports.
  public func run(
    threadCount: Int, onProgress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(ModelError) -> [TensorComparison] {
    let factors = (FactorTensors(first.tensors), FactorTensors(second.tensors))
    let others = Dictionary(second.tensors.map { ($0.name, $0) }) { first, _ in first }
    let names = Set(first.tensors.map(\.name))
    // Factors that one side lacks belong to the numbers of its tensor.
    let pairs: [(TensorInfo?, TensorInfo?)] =
      first.tensors
      .filter { others[$0.name] != nil || factors.0.owner(of: $0.name) == nil }
      .map { ($0, others[$0.name]) }
      + second.tensors
      .filter { !names.contains($0.name) && factors.1.owner(of: $0.name) == nil }
      .map { (nil, $0) }
    let state = Monitor(
      (
        next: 0, done: 0, results: [TensorComparison?](repeating: nil, count: pairs.count),
        failure: ModelError?.none
      ))
    onThreads(max(1, min(threadCount, pairs.count))) { _ in
      while let index = state.withLock({ state -> Int? in
        guard state.failure == nil, state.next < pairs.count else { return nil }
        defer { state.next += 1 }
        return state.next
      }) {
        do throws(ModelError) {
          let result = try compare(pairs[index].0, pairs[index].1, factors)
          let done = state.withLock { state in
            state.results[index] = result
            state.done += pairs[index].0?.byteCount ?? 0
            return state.done
          }
          onProgress(done)
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return state.withLock { $0.results.compactMap { $0 } }
  }

  private func compare(
    _ a: TensorInfo?, _ b: TensorInfo?, _ factors: (FactorTensors, FactorTensors)
  ) throws(ModelError) -> TensorComparison {
    guard let a, let b else {
      return TensorComparison(
        name: a?.name ?? b?.name ?? "", relation: a == nil ? .onlyInSecond : .onlyInFirst,
        first: a, second: b)
    }
    var result = TensorComparison(name: a.name, relation: .otherShape, first: a, second: b)
    guard a.shape == b.shape else { return result }
    let factorsA = try factors.0.weightFactors(of: a)
    let factorsB = try factors.1.weightFactors(of: b)
    if a.elementType == b.elementType, try haveEqualBytes(a, b),
      try haveEqualFactors(factorsA, factorsB)
    {
      result.relation = .equalBits
      return result
    }
    guard EncodingTable.named(a.elementType.rawValue)?.canDecode == true,
      EncodingTable.named(b.elementType.rawValue)?.canDecode == true
    else {
      result.relation = .undecodable
      return result
    }
    if let sums = try difference(
      LeafDecoder(first, a, SourceDecoding(a, factors: factorsA, in: first)),
      LeafDecoder(second, b, SourceDecoding(b, factors: factorsB, in: second)),
      elementCount: a.shape.elementCount,
      isDouble: a.elementType == .F64 || b.elementType == .F64)
    {
      result.relation = .different
      result.measure = Manifest.Measure(sums)
    } else {
      result.relation = .equalNumbers
    }
    return result
  }

  private func haveEqualFactors(_ a: TensorInfo?, _ b: TensorInfo?) throws(ModelError) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    guard a.byteCount == b.byteCount else { return false }
    return try haveEqualBytes(a, b)
  }

  private func haveEqualBytes(_ a: TensorInfo, _ b: TensorInfo) throws(ModelError) -> Bool {
    let chunk = min(1 << 20, a.byteCount)
    let left = ByteBuffer(byteCount: chunk)
    let right = ByteBuffer(byteCount: chunk)
    var offset = 0
    while offset < a.byteCount {
      let count = min(chunk, a.byteCount - offset)
      try first.read(a, offset: offset, into: left.prefix(count))
      try second.read(b, offset: offset, into: right.prefix(count))
      guard left.prefix(count).elementsEqual(right.prefix(count)) else { return false }
      offset += count
    }
    return true
  }

  /// The error of the right numbers against the left; nil if all numbers are equal, NaN counted as
  /// equal to NaN.
  private func difference(
    _ left: LeafDecoder, _ right: LeafDecoder, elementCount: Int, isDouble: Bool
  ) throws(ModelError) -> ErrorSums? {
    var sums = ErrorSums()
    var isEqual = true
    var element = 0
    while element < elementCount {
      let count = min(leafElementCount, elementCount - element)
      if isDouble {
        let x = try left.doubles(from: element, count: count)
        let y = try right.doubles(from: element, count: count)
        isEqual = isEqual && zip(x, y).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        sums.merge(ErrorSums(reference: x, decoded: y))
      } else {
        let x = try left.decode(from: element, count: count)
        let y = try right.decode(from: element, count: count)
        isEqual = isEqual && zip(x, y).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        sums.merge(ErrorSums(reference: UnsafeBufferPointer(x), decoded: UnsafeBufferPointer(y)))
      }
      element += count
    }
    return isEqual ? nil : sums
  }
}

extension ErrorSums {
  /// The measure of F64 values, which F32 would round to equality.
  fileprivate init(reference: [Double], decoded: [Double]) {
    self.init()
    for (x, y) in zip(reference, decoded) {
      sumOfSquaredError += (y - x) * (y - x)
      sumOfSquaredReference += x * x
      maximumAbsoluteError = max(maximumAbsoluteError, (y - x).magnitude)
    }
    elementCount = reference.count
  }
}
