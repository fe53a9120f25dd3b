internal import Tensors

/// Where every unit of a translated tensor comes from: a pure value.
///
/// A unit is an element, or a block of elements that move together. The tensor is `outer` cells in
/// row-major order; a cell is the parts, one behind the other; a part is a grid over one source, also in
/// row-major order, whose axes have steps of their own in the source.
struct Assembly: Sendable, Hashable {
  /// A grid over one source.
  struct Part: Sendable, Hashable {
    /// Which source.
    var source: Int
    /// The unit of the source where the part of the first cell begins.
    var base: Int
    /// Units of the source from one cell to the next, for each axis of `outer`.
    var outerStrides: [Int]
    /// The grid, slowest first.
    var axes: [Axis]

    /// Units of the part in one cell.
    var unitCount: Int { axes.reduce(1) { $0 * $1.count } }
  }

  /// One axis of a grid.
  struct Axis: Sendable, Hashable {
    /// How many.
    var count: Int
    /// Units of the source from one to the next.
    var stride: Int
  }

  /// The cells, slowest axis first; empty for one cell.
  var outer: [Int]
  var parts: [Part]

  /// Units of one cell.
  var cellUnitCount: Int { parts.reduce(0) { $0 + $1.unitCount } }
  /// Units of the tensor.
  var unitCount: Int { outer.reduce(cellUnitCount, *) }

  /// A whole source as it is.
  static func whole(source: Int, unitCount: Int, base: Int = 0) -> Assembly {
    Assembly(
      outer: [],
      parts: [
        Part(
          source: source, base: base, outerStrides: [],
          axes: [Axis(count: unitCount, stride: 1)])
      ])
  }

  /// The first unit if the tensor is one run of a source.
  var contiguousStart: (source: Int, unit: Int)? {
    guard outer.allSatisfy({ $0 == 1 }), parts.count == 1 else { return nil }
    let axes = parts[0].mergedAxes
    return axes.isEmpty || axes.count == 1 && axes[0].stride == 1
      ? (parts[0].source, parts[0].base) : nil
  }

  /// The same over units of `count` elements; nil if elements of one unit are not together.
  func inUnits(of count: Int) -> Assembly? {
    guard count > 1 else { return self }
    var result = self
    for index in parts.indices {
      var part = parts[index]
      part.axes = part.mergedAxes
      guard let last = part.axes.last, last.stride == 1, last.count % count == 0,
        part.base % count == 0, part.outerStrides.allSatisfy({ $0 % count == 0 }),
        part.axes.dropLast().allSatisfy({ $0.stride % count == 0 })
      else { return nil }
      part.base /= count
      part.outerStrides = part.outerStrides.map { $0 / count }
      for axis in part.axes.indices.dropLast() { part.axes[axis].stride /= count }
      part.axes[part.axes.count - 1].count /= count
      result.parts[index] = part
    }
    return result
  }
}

extension Assembly.Part {
  /// The axes without those of one, neighbours joined where the source runs on.
  var mergedAxes: [Assembly.Axis] {
    var result: [Assembly.Axis] = []
    for axis in axes where axis.count != 1 {
      if let last = result.last, last.stride == axis.stride * axis.count {
        result[result.count - 1] = Assembly.Axis(
          count: last.count * axis.count, stride: axis.stride)
      } else {
        result.append(axis)
      }
    }
    return result
  }
}

extension ArrangedAxes {
  private var strides: [Int] { ArrangedAxes.strides(of: extents) }

  private static func strides(of extents: [Int]) -> [Int] {
    var result = extents
    var stride = 1
    for index in extents.indices.reversed() {
      result[index] = stride
      stride *= extents[index]
    }
    return result
  }

  /// The segments with the right side and the place each has there.
  private var pieces: [(right: Int, start: Int, count: Int)] {
    if splitIndex == nil { return [(0, 0, 0)] }
    var start = 0
    return segments.enumerated().map { index, count in
      defer { start += count }
      return (orders.count == 1 ? 0 : index, start, count)
    }
  }

  private func extent(_ axis: Int, _ count: Int) -> Int {
    axis == splitIndex ? count : extents[axis]
  }

  /// How the tensor on the right side `index` is made of the one on the left.
  func toRight(_ index: Int, source: Int = 0, base: Int = 0) -> Assembly {
    let strides = strides
    let parts = pieces.filter { $0.right == index }.map { piece in
      Assembly.Part(
        source: source,
        base: base + (splitIndex.map { piece.start * strides[$0] } ?? 0), outerStrides: [],
        axes: orders[index].map {
          Assembly.Axis(count: extent($0, piece.count), stride: strides[$0])
        })
    }
    return Assembly(outer: [], parts: parts)
  }

  /// How the tensor on the left is made of those on the right; `bases` are where each begins in its
  /// source, and sources are numbered as the right sides.
  func toLeft(bases: [Int]) -> Assembly {
    let outerCount = splitIndex ?? 0
    var joined = 0
    let parts = pieces.map { piece in
      let order = orders[piece.right]
      let inner = ArrangedAxes.strides(of: order.map { extent($0, piece.count) })
      var stride = [Int](repeating: 0, count: names.count)
      for (place, axis) in order.enumerated() { stride[axis] = inner[place] }
      let base = bases[piece.right] + (orders.count == 1 ? joined : 0)
      joined += order.reduce(1) { $0 * extent($1, piece.count) }
      return Assembly.Part(
        source: piece.right, base: base, outerStrides: Array(stride[..<outerCount]),
        axes: names.indices.dropFirst(outerCount).map {
          Assembly.Axis(count: extent($0, piece.count), stride: stride[$0])
        })
    }
    return Assembly(outer: Array(extents[..<outerCount]), parts: parts)
  }
}
