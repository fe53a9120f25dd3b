public import Encodings

/// Gives the highest value of each 16 of NVFP4 the code 6 or the code 4, whichever loses less: there
/// is no code 5, so that a scale for 6 rounds values of five sixths of the highest badly.
///
/// Values are divided by the tensor's factor already. See `NVFP4Scaling.fourOverSix`.
public enum FourOverSix: Method {
  public static let name = "four-over-six"
  public static let usesColumnWeights = true
  public static let needsWholeMatrix = false

  public static func supports(_ codec: Codec) -> Bool { codec.name == NVFP4.name }

  public static func encode(
    _ matrix: WeightMatrix, as codec: Codec, into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss {
    precondition(supports(codec), "the codes 4 and 6 are NVFP4's")
    return NVFP4.encodeMeasuring(matrix, scaling: .fourOverSix, into: blocks)
  }
}

extension NVFP4 {
  /// Encodes row after row, and measures what is lost, beside what `nearest` would have.
  static func encodeMeasuring(
    _ matrix: WeightMatrix, scaling: NVFP4Scaling, into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss {
    precondition(matrix.columnCount % blockElementCount == 0, "rows are whole blocks")
    let rowByteCount = matrix.columnCount / blockElementCount * blockByteCount
    var loss = EncodingLoss()
    for row in 0..<matrix.rowCount {
      let columns = row * matrix.columnCount..<(row + 1) * matrix.columnCount
      let bytes = row * rowByteCount..<(row + 1) * rowByteCount
      loss.merge(
        encodeMeasuring(
          UnsafeBufferPointer(rebasing: matrix.values[columns]), weights: matrix.columnWeights,
          scaling: scaling, into: UnsafeMutableRawBufferPointer(rebasing: blocks[bytes])))
    }
    return loss
  }
}
