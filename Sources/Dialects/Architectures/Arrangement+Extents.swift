internal import Tensors

/// An arrangement with the extent of every axis.
struct ArrangedAxes: Sendable, Hashable {
  /// Each axis of the Hugging Face tensor, slowest first, with its extent.
  var axes: [(name: String, extent: Int)] { zip(names, extents).map { ($0, $1) } }
  /// The axes, slowest first.
  var names: [String]
  /// Their extents.
  var extents: [Int]
  /// The extents of the segments; one with everything if there is no split.
  var segments: [Int]
  /// The place of the split axis in `names`; nil if there is no split.
  var splitIndex: Int?
  /// For each right side the axes it holds, as places in `names`, slowest first.
  var orders: [[Int]]
  /// The shape of the Hugging Face tensor.
  var leftShape: [Int]
  /// The shape of each tensor of llama.cpp.
  var rightShapes: [[Int]]

  static func == (a: ArrangedAxes, b: ArrangedAxes) -> Bool {
    a.names == b.names && a.extents == b.extents && a.segments == b.segments
      && a.orders == b.orders
  }

  func hash(into hasher: inout Hasher) { hasher.combine(extents) }
}

extension Arrangement {
  /// The extents of all axes for a Hugging Face tensor of this shape.
  ///
  /// Throws `malformed` (`shape-mismatch`) if the shape contradicts the sizes or leaves one open.
  func axes(
    ofLeft shape: [Int], sizes: (String) throws(ModelError) -> Int?,
    value: (SizeExpression) throws(ModelError) -> Int
  ) throws(ModelError) -> ArrangedAxes {
    var known = try knownExtents(sizes, value)
    let rest = try Arrangement.infer(&known.extents, left, shape, hasRest)
    return try arranged(known.extents, known.segments, rest: rest)
  }

  /// The same for tensors of llama.cpp of these shapes.
  func axes(
    ofRight shapes: [[Int]], sizes: (String) throws(ModelError) -> Int?,
    value: (SizeExpression) throws(ModelError) -> Int
  ) throws(ModelError) -> ArrangedAxes {
    var known = try knownExtents(sizes, value)
    var rest: [Int] = []
    for (index, shape) in shapes.enumerated() {
      let whole = split.flatMap { known.extents[$0.axis] }
      if let split, !split.isJoined { known.extents[split.axis] = known.segments[index] }
      rest = try Arrangement.infer(&known.extents, right[index], shape, hasRest)
      if let split { known.extents[split.axis] = whole }
    }
    return try arranged(known.extents, known.segments, rest: rest)
  }

  private func knownExtents(
    _ sizes: (String) throws(ModelError) -> Int?,
    _ value: (SizeExpression) throws(ModelError) -> Int
  ) throws(ModelError) -> (extents: [String: Int], segments: [Int]) {
    var extents: [String: Int] = [:]
    for name in left.flatMap(\.self) {
      if let number = Int(name) { extents[name] = number } else { extents[name] = try sizes(name) }
    }
    var segments: [Int] = []
    var sum = 0
    for segment in split?.segments ?? [] {
      let extent = try value(segment)
      guard extent > 0 else {
        throw Arrangement.mismatch("a segment of \(split?.axis ?? "") has the extent \(extent)")
      }
      sum = try Checked.sum(sum, extent, "shape-overflow")
      segments.append(extent)
    }
    if let split { extents[split.axis] = sum }
    return (extents, segments)
  }

  private static func mismatch(_ message: String) -> ModelError {
    ModelError(.malformed, "shape-mismatch", message)
  }

  /// Finds the extents that are not known yet; returns those that `...` stands for.
  private static func infer(
    _ extents: inout [String: Int], _ side: [[String]], _ shape: [Int], _ hasRest: Bool
  ) throws(ModelError) -> [Int] {
    let fixedCount = side.count - (hasRest ? 1 : 0)
    guard shape.count == fixedCount || hasRest && shape.count > fixedCount else {
      throw mismatch("the shape \(shape) has not the \(fixedCount) extents of the rule")
    }
    for (group, extent) in zip(side.prefix(fixedCount), shape) {
      var product = 1
      var unknown: String?
      for name in group {
        if let known = extents[name] {
          product = try Checked.product(product, known, "shape-overflow")
        } else if unknown == nil {
          unknown = name
        } else {
          throw mismatch("neither \(unknown ?? "") nor \(name) is known")
        }
      }
      guard product > 0, extent % product == 0, unknown != nil || extent == product else {
        throw mismatch(
          "the extent \(extent) of \(shape) is not (\(group.joined(separator: " "))) with \(product)"
        )
      }
      if let unknown { extents[unknown] = extent / product }
    }
    if hasRest {
      var product = 1
      for extent in shape.dropFirst(fixedCount) {
        product = try Checked.product(product, extent, "shape-overflow")
      }
      if let known = extents[rest], known != product { throw mismatch("the rest differs") }
      extents[rest] = product
    }
    return Array(shape.dropFirst(fixedCount))
  }

  private func arranged(
    _ extents: [String: Int], _ segments: [Int], rest: [Int]
  ) throws(ModelError) -> ArrangedAxes {
    let names = left.flatMap(\.self)
    var numbers: [Int] = []
    for name in names {
      guard let extent = extents[name] else {
        throw Arrangement.mismatch("the extent of \(name) is not known")
      }
      numbers.append(extent)
    }
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    func shape(_ side: [[String]], _ segment: Int?) throws(ModelError) -> [Int] {
      var result: [Int] = []
      for group in side {
        guard group != [Arrangement.rest] else {
          result += rest
          continue
        }
        var product = 1
        for name in group {
          let extent = name == split?.axis ? segment ?? extents[name] : extents[name]
          product = try Checked.product(product, extent ?? 1, "shape-overflow")
        }
        result.append(product)
      }
      return result
    }
    var rightShapes: [[Int]] = []
    for (index, side) in right.enumerated() {
      rightShapes.append(
        try shape(side, split.flatMap { $0.isJoined ? nil : segments[index] }))
    }
    return ArrangedAxes(
      names: names, extents: numbers,
      segments: segments, splitIndex: split.flatMap { places[$0.axis] },
      orders: right.map { side in side.flatMap(\.self).compactMap { places[$0] } },
      leftShape: try shape(left, nil), rightShapes: rightShapes)
  }
}
