/// The extents of a tensor, slowest first, as PyTorch prints them; the last one is contiguous.
///
/// Rank 0 is a scalar with one element. An extent of 0 is allowed and makes the tensor empty.
public struct Shape: Sendable, Hashable {
  /// The extents, each at least 0.
  public let dimensions: [Int]
  /// The product of the extents; 1 for a scalar.
  public let elementCount: Int

  /// Creates a shape; throws `malformed` (`dimension-negative`, `shape-overflow`) if an extent is
  /// negative or the product of the non-zero extents exceeds `Int.max`.
  public init(_ dimensions: [Int]) throws(ModelError) {
    var product = 1
    for dimension in dimensions {
      guard dimension >= 0 else {
        throw ModelError(.malformed, "dimension-negative", "dimension \(dimension) is below 0")
      }
      // Extents of zero are skipped so that 2^40 × 2^40 × 0 is refused, not accepted as empty.
      if dimension > 0 { product = try Checked.product(product, dimension, "shape-overflow") }
    }
    self.dimensions = dimensions
    self.elementCount = dimensions.contains(0) ? 0 : product
  }

  /// A scalar.
  public static let scalar = Shape(dimensions: [], elementCount: 1)

  private init(dimensions: [Int], elementCount: Int) {
    self.dimensions = dimensions
    self.elementCount = elementCount
  }

  /// The number of extents.
  public var rank: Int { dimensions.count }

  /// Elements in one row: the last extent; 1 for a scalar.
  public var rowElementCount: Int { dimensions.last ?? 1 }

  /// Rows: elements divided by the row length; 0 for an empty tensor.
  public var rowCount: Int { rowElementCount == 0 ? 0 : elementCount / rowElementCount }
}

extension Shape: CustomStringConvertible {
  /// `[2, 3]`.
  public var description: String {
    "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
  }
}
