/// Boxes of a grid that together are a run of its cells in row-major order.
enum GridRange {
  /// The boxes of `range`, in order; at most two for each axis and one more.
  static func boxes(_ range: Range<Int>, of extents: [Int]) -> [[Range<Int>]] {
    guard !range.isEmpty else { return [] }
    guard !extents.isEmpty else { return [[]] }
    let rest = Array(extents.dropFirst())
    let inner = rest.reduce(1, *)
    var result: [[Range<Int>]] = []
    func partial(_ index: Int, _ range: Range<Int>) {
      for box in boxes(range, of: rest) { result.append([index..<index + 1] + box) }
    }
    var low = range.lowerBound
    if low % inner != 0 {
      let end = min(range.upperBound, (low / inner + 1) * inner)
      let start = low / inner * inner
      partial(low / inner, low - start..<end - start)
      low = end
    }
    let whole = low / inner..<max(low / inner, range.upperBound / inner)
    if low < range.upperBound, !whole.isEmpty {
      result.append([whole] + rest.map { 0..<$0 })
      low = whole.upperBound * inner
    }
    if low < range.upperBound {
      partial(low / inner, 0..<range.upperBound - low)
    }
    return result
  }
}
