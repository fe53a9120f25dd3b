internal import Encodings
internal import Methods
internal import Tensors

/// Encodes the numbers of one tensor by the weights of its columns.
///
/// Weights belong to columns, so a leaf, which ends where 2^18 elements end, is encoded in pieces
/// that end where rows end. Some encodings want the mean square of the whole row besides; for the
/// rows at both ends of a leaf the rest of the row is read again. So the bytes are those of encoding
/// the whole tensor at once, and the error of a leaf depends on nothing outside its rows.
final class RowWeighting {
  private let encoding: any WeightedEncoding.Type
  private let method: any Method.Type
  private let weights: [Float]
  private let rowElementCount: Int
  private let rowsPerExpert: Int
  private let replacement: ValueReplacement?
  private let makeDecoder: () -> LeafDecoder
  private var decoder: LeafDecoder?
  /// The mean square that was last computed from more than one leaf: the next leaf needs it again.
  private var edge: (row: Int, meanSquare: Float)?

  /// Nil if no weights decide `tensor`. `replacement` is what the policy does to values that cannot
  /// be encoded; nil if they are refused.
  ///
  /// Throws `unsupported` (`cannot-encode`) if the plan asks for weights that are not there.
  static func of(
    _ tensor: PlannedTensor, by method: any Method.Type, weights: [Float]?,
    _ checkpoint: Checkpoint, source: SourceDecoding,
    replacement: ValueReplacement?
  ) throws(ModelError) -> RowWeighting? {
    guard tensor.importance == .weighted else { return nil }
    guard let encoding = EncodingTable.named(tensor.elementType.rawValue)?.weighting, let weights
    else {
      throw ModelError(
        .unsupported, "cannot-encode",
        "\(tensor.elementType.rawValue) by weights that are not there", tensor: tensor.name)
    }
    return RowWeighting(
      encoding, by: method, weights: weights, of: tensor.source, in: checkpoint, source: source,
      replacement: replacement)
  }

  /// `weights` has a row length for each expert of `tensor`, which `source` decodes.
  init(
    _ encoding: any WeightedEncoding.Type, by method: any Method.Type = Nearest.self,
    weights: [Float], of tensor: TensorInfo,
    in checkpoint: Checkpoint, source: SourceDecoding, replacement: ValueReplacement?
  ) {
    self.encoding = encoding
    self.method = method
    self.weights = weights
    self.replacement = replacement
    rowElementCount = tensor.shape.rowElementCount
    rowsPerExpert = tensor.shape.dimensions.dropLast().last ?? 1
    makeDecoder = { LeafDecoder(checkpoint, tensor, source) }
  }

  /// Encodes a leaf: `values` are the tensor's from `first` on, and `blocks` has room for them.
  /// Returns what was lost, rows merged in order. Throws `io`, or what a plugin reports.
  func encode(
    _ values: UnsafeBufferPointer<Float>, from first: Int,
    into blocks: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> EncodingLoss {
    var loss = EncodingLoss()
    var start = 0
    while start < values.count {
      let row = (first + start) / rowElementCount
      let column = (first + start) % rowElementCount
      let count = min(rowElementCount - column, values.count - start)
      let meanSquare =
        encoding.usesRowMeanSquare ? try meanSquare(ofRow: row, values, from: first) : 0
      let firstWeight = row / rowsPerExpert * rowElementCount + column
      let bytes = byteOffset(start)..<byteOffset(start + count)
      loss.merge(
        weights.withUnsafeBufferPointer { weights in
          encode(
            UnsafeBufferPointer(rebasing: values[start..<(start + count)]),
            weights: UnsafeBufferPointer(rebasing: weights[firstWeight..<(firstWeight + count)]),
            meanSquare, into: UnsafeMutableRawBufferPointer(rebasing: blocks[bytes]))
        })
      start += count
    }
    return loss
  }

  private func encode(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>, _ meanSquare: Float,
    into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss {
    // The encoding's own rule is the nearest number there is by its weights.
    if method == Nearest.self {
      return encoding.encodeMeasuring(
        values, weights: weights, rowMeanSquare: meanSquare, into: blocks)
    }
    return method.encode(
      WeightMatrix(
        values, rowCount: 1, columnCount: values.count, columnWeights: weights,
        meanSquareOfRow: meanSquare),
      as: Codec(encoding), into: blocks)
  }

  private func byteOffset(_ element: Int) -> Int {
    element / encoding.blockElementCount * encoding.blockByteCount
  }

  /// Σ x² / count in F32, one element after the other, as `rowMeanSquare(of:)`: of what is encoded,
  /// so values that the policy replaces count as replaced.
  private func meanSquare(
    ofRow row: Int, _ values: UnsafeBufferPointer<Float>, from first: Int
  ) throws(ModelError) -> Float {
    if let edge, edge.row == row { return edge.meanSquare }
    let begin = row * rowElementCount
    let end = begin + rowElementCount
    let inside = max(begin, first)..<min(end, first + values.count)
    var sum: Float = 0
    try addSquares(of: begin..<inside.lowerBound, to: &sum)
    addSquares(
      UnsafeBufferPointer(
        rebasing: values[(inside.lowerBound - first)..<(inside.upperBound - first)]), to: &sum)
    try addSquares(of: inside.upperBound..<end, to: &sum)
    let meanSquare = sum / Float(rowElementCount)
    if inside.count < rowElementCount { edge = (row, meanSquare) }
    return meanSquare
  }

  private func addSquares(of elements: Range<Int>, to sum: inout Float) throws(ModelError) {
    guard !elements.isEmpty else { return }
    let decoder = decoder ?? makeDecoder()
    self.decoder = decoder
    // A row may be longer than a leaf, and nothing larger than a leaf is ever in memory.
    for start in stride(from: elements.lowerBound, to: elements.upperBound, by: leafElementCount) {
      let count = min(leafElementCount, elements.upperBound - start)
      addSquares(UnsafeBufferPointer(try decoder.decode(from: start, count: count)), to: &sum)
    }
  }

  private func addSquares(_ values: UnsafeBufferPointer<Float>, to sum: inout Float) {
    for value in values {
      let encoded = replacement?.replaced(value) ?? value
      let square = encoded * encoded
      sum += square
    }
  }
}
