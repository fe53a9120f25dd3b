extension NVFP4 {
  /// As `encode(_:weights:scaling:into:level:)`, and measures what is lost, every element counted
  /// alike; the objective compares the blocks with those that `nearest` makes.
  ///
  /// Scales are compared by sums of F32, so of two that lose as good as the same the objective may
  /// find the one worse that was taken, by some 10^-6 of a group's error.
  public static func encodeMeasuring(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>?,
    scaling: NVFP4Scaling, into blocks: UnsafeMutableRawBufferPointer, level: CPULevel = .current
  ) -> EncodingLoss {
    requireMatch(values.count, blocks.count)
    var lanes = ErrorLanes()
    var objective = Objective(nearestWeightedError: 0)
    let step = min(values.count, 2048)
    let stepByteCount = step / blockElementCount * blockByteCount
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * step) { floats in
      floats[..<step].update(repeating: 1)
      withUnsafeTemporaryAllocation(byteCount: stepByteCount, alignment: 16) { nearest in
        for start in stride(from: 0, to: values.count, by: 2048) {
          let elements = start..<min(start + 2048, values.count)
          let reference = UnsafeBufferPointer(rebasing: values[elements])
          let counts = UnsafeBufferPointer(
            rebasing: weights?[elements] ?? UnsafeBufferPointer(floats)[..<reference.count])
          let target = UnsafeMutableRawBufferPointer(
            rebasing: blocks[byteRange(ofElements: elements)])
          let decoded = UnsafeMutableBufferPointer(
            rebasing: floats[step..<step + reference.count])
          let others = UnsafeMutableRawBufferPointer(rebasing: nearest[..<target.count])
          encode(reference, into: others, level: level)
          decode(UnsafeRawBufferPointer(others), into: decoded, level: level)
          var plain = Objective()
          plain.add(
            reference, UnsafeBufferPointer(decoded), weights: counts,
            blockElementCount: blockElementCount)
          encode(
            reference, weights: weights.map { UnsafeBufferPointer(rebasing: $0[elements]) },
            scaling: scaling, into: target, level: level)
          decode(UnsafeRawBufferPointer(target), into: decoded, level: level)
          lanes.add(reference: reference, decoded: UnsafeBufferPointer(decoded), level: level)
          var chosen = Objective()
          chosen.add(
            reference, UnsafeBufferPointer(decoded), weights: counts,
            blockElementCount: blockElementCount)
          chosen.nearestWeightedError = plain.weightedError
          objective.merge(chosen)
        }
      }
    }
    return EncodingLoss(
      errors: ErrorSums(lanes, elementCount: values.count), objective: objective)
  }
}
