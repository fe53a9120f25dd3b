internal import Tensors

/// Which rows of a tensor are measured: all of a small one, otherwise whole rows at equal distances
/// with at most 2^20 elements; of a row that is longer, its beginning. It depends on the shape alone.
struct RowSample {
  /// Elements that are looked at, at most; a whole number of any type's blocks.
  static let maximumElementCount = 1 << 20

  /// Rows of the sample.
  let rowCount: Int
  /// Elements that are looked at in each.
  let columnCount: Int
  private let allRowCount: Int

  init(_ shape: Shape) {
    allRowCount = shape.rowCount
    columnCount = min(shape.rowElementCount, RowSample.maximumElementCount)
    rowCount = min(allRowCount, RowSample.maximumElementCount / max(1, columnCount))
  }

  /// Elements of the sample.
  var elementCount: Int { rowCount * columnCount }

  /// The row of the tensor that stands at `place`, from 0, in the sample.
  func row(_ place: Int) -> Int {
    // As place × all / count, which could overflow.
    let (quotient, rest) = allRowCount.quotientAndRemainder(dividingBy: rowCount)
    return place * quotient + place * rest / rowCount
  }
}
