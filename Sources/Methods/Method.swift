public import Encodings

/// How the numbers inside an encoding are chosen. One file a method.
///
/// A method sees one matrix at a time and fills the blocks of its rows. The same input gives the
/// same bytes, on every CPU and however callers split their work: a method that looks beyond a row
/// says so in `needsWholeMatrix`, every other one may be given any run of rows.
public protocol Method: Sendable {
  /// The name that recipes and manifests use, such as `nearest`.
  static var name: String { get }

  /// Whether `encode` makes use of `WeightMatrix.columnWeights`.
  static var usesColumnWeights: Bool { get }

  /// Whether the rows of a tensor have to come in one call.
  static var needsWholeMatrix: Bool { get }

  /// Whether it fills blocks of `codec`; others are refused before anything is read.
  static func supports(_ codec: Codec) -> Bool

  /// Encodes `matrix` row after row; `blocks` has exactly the room for it.
  ///
  /// Returns the error of the blocks, every column counted alike, and the objective's if the method
  /// compares itself with `nearest`. Preconditions, which a plan has
  /// checked: `supports(codec)`, and rows are whole blocks. Values need not be finite; what becomes
  /// of others is the codec's definition.
  static func encode(
    _ matrix: WeightMatrix, as codec: Codec, into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss
}

/// Rows of one tensor as F32.
public struct WeightMatrix {
  /// `rowCount` × `columnCount` values, row after row.
  public let values: UnsafeBufferPointer<Float>
  /// Rows.
  public let rowCount: Int
  /// Elements in a row, the axis along which blocks lie.
  public let columnCount: Int
  /// How much an error in each column matters, at least 0 (the importance matrix); nil if unknown.
  public let columnWeights: UnsafeBufferPointer<Float>?
  /// The mean square of the row that `values` are a part of, as `rowMeanSquare(of:)` adds; nil if
  /// they are whole rows.
  public let meanSquareOfRow: Float?

  /// Creates a matrix; a precondition is that the counts fit together.
  public init(
    _ values: UnsafeBufferPointer<Float>, rowCount: Int, columnCount: Int,
    columnWeights: UnsafeBufferPointer<Float>? = nil, meanSquareOfRow: Float? = nil
  ) {
    precondition(values.count == rowCount * columnCount, "values are rows times columns")
    precondition(columnWeights.map { $0.count == columnCount } ?? true, "one weight a column")
    self.values = values
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.columnWeights = columnWeights
    self.meanSquareOfRow = meanSquareOfRow
  }
}
