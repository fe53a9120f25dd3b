public import Tensors

/// How many numbers a model has, as gguf-py counts them for the size label.
public struct ParameterCounts: Sendable, Hashable {
  /// All of them.
  public var total: Int
  /// Those that every token uses.
  public var shared: Int
  /// Those of one expert, over all layers.
  public var expert: Int
  /// Experts of a layer, on average; 0 for a dense model.
  public var expertCount: Int

  /// Creates counts.
  public init(total: Int, shared: Int, expert: Int = 0, expertCount: Int = 0) {
    self.total = total
    self.shared = shared
    self.expert = expert
    self.expertCount = expertCount
  }

  /// The counts of `tensors`, named and stacked as in llama.cpp: experts are in `*_exps.*`, slowest
  /// extent but two (in a bias: but one). O(tensors). Throws `malformed` (`size-overflow`).
  public init(_ tensors: [TensorInfo]) throws(ModelError) {
    self.init(total: 0, shared: 0)
    var expertSum = 0
    var expertTensorCount = 0
    for tensor in tensors {
      let count = tensor.shape.elementCount
      total = try Checked.sum(total, count)
      let extents = tensor.shape.dimensions
      let place = extents.count - (tensor.name.contains(".bias") ? 2 : 3)
      if tensor.name.contains("_exps."), extents.count >= 3, extents[place] > 0 {
        expert = try Checked.sum(expert, count / extents[place])
        expertSum = try Checked.sum(expertSum, extents[place])
        expertTensorCount += 1
      } else {
        shared = try Checked.sum(shared, count)
      }
    }
    expertCount = expertTensorCount > 0 ? expertSum / expertTensorCount : 0
  }

  /// `135M`, `8x7B`; nil without any numbers.
  public var sizeLabel: String? {
    guard total > 0 else { return nil }
    guard expertCount > 0 else { return ParameterCounts.rounded(total) }
    let (size, overflow) = shared.addingReportingOverflow(expert)
    return overflow ? nil : "\(expertCount)x" + ParameterCounts.rounded(size)
  }

  /// `count` with two digits or more: `1.5B`, `135M`.
  ///
  /// The product and the rounding are those of Python, so that 12.5 is `12` and 13.5 is `14`.
  static func rounded(_ count: Int) -> String {
    let (scale, suffix) =
      if count > 1_000_000_000_000 {
        (1e-12, "T")
      } else if count > 1_000_000_000 {
        (1e-9, "B")
      } else if count > 1_000_000 {
        (1e-6, "M")
      } else {
        (1e-3, "K")
      }
    let value = Double(count) * scale
    let whole = Int(value.rounded(.toNearestOrEven))
    return decimal(value, places: whole == 0 ? 2 : whole < 10 ? 1 : 0) + suffix
  }

  /// `value`, at least 0.001 and below 2^24, with at most 2 decimals; ties, of the exact binary
  /// value, go to even.
  private static func decimal(_ value: Double, places: Int) -> String {
    let scale: UInt64 = [1, 10, 100][places]
    // value = significand / 2^shift exactly, with fewer than 63 bits either way.
    let shift = 52 - Int(value.exponent)
    let scaled = (value.significandBitPattern | 1 << 52) * scale
    var digits = scaled >> UInt64(shift)
    let rest = scaled & ((1 << UInt64(shift)) - 1)
    let half: UInt64 = 1 << UInt64(shift - 1)
    if rest > half || (rest == half && digits % 2 == 1) { digits += 1 }
    if places == 0 { return String(digits) }
    let fraction = String(digits % scale)
    return "\(digits / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}
