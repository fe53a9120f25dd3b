extension Codec {
  /// The arithmetic of `encodeSearching`; nil for types it does not know.
  public var searching: (any SearchableEncoding.Type)? { encoding as? any SearchableEncoding.Type }

  /// Encodes values as the reference does, with or without weights, then replaces each block for
  /// which `GridSearch` finds a block that is strictly better.
  ///
  /// What is better is measured by Σ weight × error² in F64, so no block and no tensor is worse than
  /// the reference's; the result's objective has both sums, of values that are finite. With `weights`,
  /// which are at least 0, one for each value, all values are of one row, and `rowMeanSquare` is
  /// `rowMeanSquare(of:)` of it, or any number where `weighting` does not use it; without them every
  /// value counts alike, and there may be many rows. The bytes depend neither on `level` nor on how
  /// callers split rows. A precondition is that `searching` is there, and the sizes of `encode`.
  public func encodeSearching(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>? = nil,
    rowMeanSquare: Float = 0, into blocks: UnsafeMutableRawBufferPointer,
    level: CPULevel = .current
  ) -> EncodingLoss {
    guard let searching else { preconditionFailure("\(name) is never searched") }
    return searching.encodeSearching(
      values, weights: weights, rowMeanSquare: rowMeanSquare, into: blocks, level: level,
      isPlain: false)
  }
}

extension SearchableEncoding {
  /// See `Codec.encodeSearching`; `isPlain` asks for the plain loop.
  static func encodeSearching(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>?,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer, level: CPULevel,
    isPlain: Bool
  ) -> EncodingLoss {
    requireMatch(values.count, blocks.count)
    precondition(weights.map { $0.count == values.count } ?? true, "one weight a value")
    encodeReference(values, weights, rowMeanSquare, into: blocks, level)
    let step = min(values.count, 2048)
    let stepByteCount = step / blockElementCount * blockByteCount
    var lanes = ErrorLanes()
    var objective = Objective(nearestWeightedError: 0)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * step) { floats in
      floats.update(repeating: 1)
      withUnsafeTemporaryAllocation(byteCount: stepByteCount, alignment: 16) { found in
        for start in stride(from: 0, to: values.count, by: 2048) {
          let elements = start..<min(start + 2048, values.count)
          let source = UnsafeBufferPointer(rebasing: values[elements])
          let target = UnsafeMutableRawBufferPointer(
            rebasing: blocks[byteRange(ofElements: elements)])
          let weights = UnsafeBufferPointer(
            rebasing: weights?[elements] ?? UnsafeBufferPointer(floats)[..<source.count])
          let proposal = UnsafeMutableRawBufferPointer(rebasing: found[..<target.count])
          let reference = UnsafeRawBufferPointer(target)
          if isPlain {
            searchPlain(source, weights: weights, from: reference, into: proposal)
          } else {
            search(source, weights: weights, from: reference, into: proposal, level: level)
          }
          let decoded = UnsafeMutableBufferPointer(rebasing: floats[step..<step + source.count])
          let other = UnsafeMutableBufferPointer(
            rebasing: floats[2 * step..<2 * step + source.count])
          decode(reference, into: decoded, level: level)
          decode(UnsafeRawBufferPointer(proposal), into: other, level: level)
          objective.merge(takeBetter(source, weights, target, decoded, proposal, other))
          lanes.add(reference: source, decoded: UnsafeBufferPointer(decoded), level: level)
        }
      }
    }
    return EncodingLoss(
      errors: ErrorSums(lanes, elementCount: values.count), objective: objective)
  }

  private static func encodeReference(
    _ values: UnsafeBufferPointer<Float>, _ weights: UnsafeBufferPointer<Float>?,
    _ rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer, _ level: CPULevel
  ) {
    if let weights, let weighted = self as? any WeightedEncoding.Type {
      weighted.encode(
        values, weights: weights, rowMeanSquare: rowMeanSquare, into: blocks, level: level)
    } else {
      encode(values, into: blocks, level: level)
    }
  }

  /// Copies each block of `proposal` that loses less than that of `blocks`, and its values; returns
  /// what is lost now, and what was before.
  private static func takeBetter(
    _ values: UnsafeBufferPointer<Float>, _ weights: UnsafeBufferPointer<Float>,
    _ blocks: UnsafeMutableRawBufferPointer, _ decoded: UnsafeMutableBufferPointer<Float>,
    _ proposal: UnsafeMutableRawBufferPointer, _ other: UnsafeMutableBufferPointer<Float>
  ) -> Objective {
    var (best, nearest, square) = (0.0, 0.0, 0.0)
    for start in stride(from: 0, to: values.count, by: blockElementCount) {
      let elements = start..<start + blockElementCount
      let reference = Objective.error(values, UnsafeBufferPointer(decoded), weights, elements)
      let found = Objective.error(values, UnsafeBufferPointer(other), weights, elements)
      nearest += reference
      square += Objective.square(values, weights, elements)
      guard found < reference else {
        best += reference
        continue
      }
      best += found
      let bytes = byteRange(ofElements: elements)
      UnsafeMutableRawBufferPointer(rebasing: blocks[bytes]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: proposal[bytes]))
      for index in elements { decoded[index] = other[index] }
    }
    return Objective(weightedError: best, weightedSquare: square, nearestWeightedError: nearest)
  }
}
