internal import Encodings
internal import Tensors

/// Counts, in a whole tensor, what made a unit fail, so that the message says all of it.
struct NonfiniteDiagnosis {
  /// The error to report; nil if nothing is found, which means the failure was another.
  let error: ModelError?

  /// Reads the whole tensor once.
  init(_ checkpoint: Checkpoint, _ tensor: PlannedTensor) throws(ModelError) {
    guard let target = EncodingTable.named(tensor.elementType.rawValue) else {
      error = nil
      return
    }
    let decoder = LeafDecoder(
      checkpoint, tensor.source,
      try SourceDecoding(tensor.source, factors: tensor.sourceFactors, in: checkpoint))
    var nonfinite = (count: 0, first: 0)
    var overflow = (count: 0, first: 0)
    var element = 0
    while element < tensor.source.shape.elementCount {
      let count = min(leafElementCount, tensor.source.shape.elementCount - element)
      let values = UnsafeBufferPointer(try decoder.decode(from: element, count: count))
      let scan = ValueScan(values)
      if scan.nonfiniteCount > 0 {
        if nonfinite.count == 0 { nonfinite.first = element + (scan.firstNonfiniteIndex ?? 0) }
        nonfinite.count += scan.nonfiniteCount
      }
      if let found = target.overflow(in: values) {
        if overflow.count == 0 { overflow.first = element + found.firstIndex }
        overflow.count += found.count
      }
      element += count
    }
    let remedy = "--nonfinite zero or --nonfinite clamp replaces them"
    if nonfinite.count > 0 {
      error = ModelError(
        .refused, "nonfinite-values",
        "\(nonfinite.count) values are NaN or infinite, the first at element \(nonfinite.first); "
          + remedy)
    } else if overflow.count > 0 {
      error = ModelError(
        .refused, "value-overflow",
        "\(overflow.count) values are too great for \(tensor.elementType.rawValue), the first at "
          + "element \(overflow.first); " + remedy)
    } else {
      error = nil
    }
  }
}
