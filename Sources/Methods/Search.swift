public import Encodings

/// Looks for blocks with less (weighted) error than the reference's: other scales and other codes in
/// the same format. A block that the search does not make strictly better stays the reference's, so
/// no tensor is worse.
///
/// What is less is Σ weight × error², with the columns' weights or, without them, every column alike.
/// Thirty times the work of the reference for Q4_K, more where that is simple;
/// `Codec.encodeSearching` has the definition.
public enum Search: Method {
  public static let name = "search"
  public static let usesColumnWeights = true
  public static let needsWholeMatrix = false

  public static func supports(_ codec: Codec) -> Bool {
    codec.searching != nil || codec.name == NVFP4.name
  }

  public static func encode(
    _ matrix: WeightMatrix, as codec: Codec, into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss {
    precondition(matrix.columnCount % codec.blockElementCount == 0, "rows are whole blocks")
    if codec.name == NVFP4.name {
      return NVFP4.encodeMeasuring(matrix, scaling: .search, into: blocks)
    }
    guard let weights = matrix.columnWeights else {
      return codec.encodeSearching(matrix.values, into: blocks)
    }
    var loss = EncodingLoss()
    let rowByteCount = blocks.count / max(1, matrix.rowCount)
    let usesMeanSquare = codec.weighting?.usesRowMeanSquare ?? false
    for row in 0..<matrix.rowCount {
      let start = row * matrix.columnCount
      let values = UnsafeBufferPointer(rebasing: matrix.values[start..<start + matrix.columnCount])
      let bytes = row * rowByteCount..<(row + 1) * rowByteCount
      loss.merge(
        codec.encodeSearching(
          values, weights: weights,
          rowMeanSquare: usesMeanSquare
            ? matrix.meanSquareOfRow ?? rowMeanSquare(of: values) : 0,
          into: UnsafeMutableRawBufferPointer(rebasing: blocks[bytes])))
    }
    return loss
  }
}
