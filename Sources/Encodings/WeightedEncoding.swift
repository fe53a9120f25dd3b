/// An encoding whose reference chooses other numbers if it knows how much each column matters (an
/// importance matrix).
public protocol WeightedEncoding: WritableEncoding {
  /// Whether the choice depends on the mean square of the whole row, not only on the block.
  static var usesRowMeanSquare: Bool { get }

  /// Encodes whole blocks of one row.
  ///
  /// `weights` has one number, at least 0, for each value; `rowMeanSquare` is
  /// `rowMeanSquare(of:)` of the row the values are from, and any number if `usesRowMeanSquare` is
  /// false.
  static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer)

  /// The kernel for `level`; nil where there is none. It works on batches of 256 elements, as those
  /// of `KernelTable`, and its bytes are those of the plain loop.
  static func weightedKernel(for level: CPULevel) -> WeightedKernel?
}

/// The fast path of `WeightedEncoding.encodePlain`.
public typealias WeightedKernel =
  @Sendable (
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) -> Void

/// Σ x² / count of a row in F32, one element after the other, as the reference adds.
public func rowMeanSquare(of row: UnsafeBufferPointer<Float>) -> Float {
  var sum: Float = 0
  for value in row {
    let square = value * value
    sum += square
  }
  return sum / Float(row.count)
}

extension WeightedEncoding {
  /// No kernel: the plain loop serves.
  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? { nil }

  /// Encodes whole blocks of one row; see `encodePlain(_:weights:rowMeanSquare:into:)`.
  public static func encode(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer, level: CPULevel = .current
  ) {
    requireMatch(values.count, blocks.count)
    precondition(weights.count == values.count, "one weight a value")
    let unit = KernelTable.batchElementCount
    let wholeCount = weightedKernel(for: level) == nil ? 0 : values.count / unit * unit
    if wholeCount > 0, let kernel = weightedKernel(for: level), let source = values.baseAddress,
      let weights = weights.baseAddress, let target = blocks.baseAddress
    {
      kernel(source, weights, rowMeanSquare, wholeCount / unit, target)
    }
    // The rest of a row is too short to matter.
    guard wholeCount < values.count else { return }
    let offset = wholeCount / blockElementCount * blockByteCount
    encodePlain(
      UnsafeBufferPointer(rebasing: values[wholeCount...]),
      weights: UnsafeBufferPointer(rebasing: weights[wholeCount...]), rowMeanSquare: rowMeanSquare,
      into: UnsafeMutableRawBufferPointer(rebasing: blocks[offset...]))
  }

  /// As `encode`, and measures what is lost, every element counted alike and by `weights`.
  public static func encodeMeasuring(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer, level: CPULevel = .current
  ) -> EncodingLoss {
    requireMatch(values.count, blocks.count)
    var lanes = ErrorLanes()
    var objective = Objective()
    let step = min(values.count, 2048)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: step) { scratch in
      for start in stride(from: 0, to: values.count, by: 2048) {
        let elements = start..<min(start + 2048, values.count)
        let reference = UnsafeBufferPointer(rebasing: values[elements])
        let weights = UnsafeBufferPointer(rebasing: weights[elements])
        let target = UnsafeMutableRawBufferPointer(
          rebasing: blocks[byteRange(ofElements: elements)])
        encode(
          reference, weights: weights, rowMeanSquare: rowMeanSquare, into: target, level: level)
        let values = UnsafeMutableBufferPointer(rebasing: scratch[0..<elements.count])
        decode(UnsafeRawBufferPointer(target), into: values, level: level)
        let decoded = UnsafeBufferPointer(values)
        lanes.add(reference: reference, decoded: decoded, level: level)
        var part = Objective()
        part.add(reference, decoded, weights: weights, blockElementCount: blockElementCount)
        objective.merge(part)
      }
    }
    return EncodingLoss(
      errors: ErrorSums(lanes, elementCount: values.count), objective: objective)
  }
}
