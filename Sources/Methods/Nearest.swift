public import Encodings

/// Every value becomes what its encoding's own rule gives, as the reference quantizers do: no
/// search, no data, one pass.
public enum Nearest: Method {
  public static let name = "nearest"
  public static let usesColumnWeights = false
  public static let needsWholeMatrix = false

  public static func supports(_ codec: Codec) -> Bool { codec.canEncode }

  public static func encode(
    _ matrix: WeightMatrix, as codec: Codec, into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss {
    precondition(matrix.columnCount % codec.blockElementCount == 0, "rows are whole blocks")
    return EncodingLoss(errors: codec.encodeMeasuring(matrix.values, into: blocks))
  }
}
