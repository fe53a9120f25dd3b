internal import Tensors

/// One rule for one block, applied to tensors of one dialect to make those of the other.
struct RuleApplication {
  /// Members of one stack; real ones have some hundred.
  private static let maximumMemberCount = 1 << 16

  private let rule: TensorRule
  private let sizes: TranslationSizes
  private let block: Int?

  init(_ rule: TensorRule, _ sizes: TranslationSizes, block: Int?) {
    self.rule = rule
    self.sizes = sizes
    self.block = block
  }

  private func axes(ofLeft shape: [Int]) throws(ModelError) -> ArrangedAxes? {
    try rule.arrangement?.axes(
      ofLeft: shape, sizes: { (name) throws(ModelError) in try sizes.size(name) },
      value: { (expression) throws(ModelError) in try sizes.value(expression) })
  }

  /// The tensors of llama.cpp; `members` has one tensor for each member of a stack, or one.
  func toLlamaCpp(
    _ members: [TensorInfo], scales: [UnitSource.BlockScale?],
    isWidened: (String, _ rank: Int) -> Bool
  ) throws(ModelError) -> [TranslatedTensor] {
    guard let first = members.first else { return [] }
    for member in members where member.shape != first.shape {
      throw ModelError(
        .malformed, "shape-mismatch",
        "members of one stack have the shapes \(first.shape) and \(member.shape)",
        tensor: member.name)
    }
    var shape = first.shape.dimensions
    let axes = try axes(ofLeft: shape)
    let skipped = try cut(&shape)
    let elementCount = try Shape(shape).elementCount
    var result: [TranslatedTensor] = []
    for (index, pattern) in rule.llamaCpp.enumerated() {
      let right = axes?.rightShapes[index] ?? shape
      var assembly = Assembly(outer: [], parts: [])
      for member in members.indices {
        let one =
          axes?.toRight(index)
          ?? .whole(source: 0, unitCount: elementCount, base: skipped)
        assembly.parts += one.parts.map { part in
          var part = part
          part.source = member
          return part
        }
      }
      let name = pattern.name(block: block)
      let full = try Shape(rule.stack == nil ? right : [members.count] + right)
      result.append(
        try TranslatedTensor(
          name: name, shape: full, assembly: assembly, of: members, scales: scales,
          addend: rule.addend ?? 0, isWidened: isWidened(name, full.rank)))
    }
    return result
  }

  /// Leaves out rows as the rule says; returns the elements in front that are skipped.
  private func cut(_ shape: inout [Int]) throws(ModelError) -> Int {
    guard rule.skippedRows != nil || rule.keptRows != nil, let rowCount = shape.first else {
      return 0
    }
    var sizes = sizes
    sizes.counted["rows"] = rowCount
    let skipped = try rule.skippedRows.map { (rows) throws(ModelError) in try sizes.value(rows) }
    guard (skipped ?? 0) <= rowCount else {
      throw ModelError(
        .malformed, "shape-mismatch", "\(skipped ?? 0) of \(rowCount) rows are to be left out")
    }
    shape[0] = rowCount - (skipped ?? 0)
    if let kept = rule.keptRows, kept.names.allSatisfy({ sizes.counted[$0] != nil }) {
      shape[0] = min(shape[0], try sizes.value(kept))
    }
    let rowElementCount = try Shape(Array(shape.dropFirst())).elementCount
    return try Checked.product(skipped ?? 0, rowElementCount)
  }

  /// MXFP4 blocks of codes and exponents.
  func packed(
    _ codes: TensorInfo, _ exponents: TensorInfo
  ) throws(ModelError) -> [TranslatedTensor] {
    let blocks = exponents.shape.dimensions
    guard codes.elementType == .U8, exponents.elementType == .U8, !blocks.isEmpty,
      codes.shape.dimensions == blocks + [16]
    else {
      throw ModelError(
        .malformed, "shape-mismatch",
        "codes \(codes.elementType.rawValue) \(codes.shape) and exponents "
          + "\(exponents.elementType.rawValue) \(exponents.shape) are no blocks of MXFP4",
        tensor: codes.name)
    }
    let axes = try axes(ofLeft: blocks)
    var result: [TranslatedTensor] = []
    for (index, pattern) in rule.llamaCpp.enumerated() {
      var shape = axes?.rightShapes[index] ?? blocks
      shape[shape.count - 1] = try Checked.product(shape[shape.count - 1], 32)
      var tensor = TranslatedTensor(
        name: pattern.name(block: block), elementType: .MXFP4, shape: try Shape(shape),
        assembly: axes?.toRight(index)
          ?? .whole(source: 0, unitCount: exponents.shape.elementCount),
        sources: [.packedMXFP4(codes: codes, exponents: exponents)])
      tensor.isFirst = rule.isFirst
      result.append(tensor)
    }
    return result
  }

  /// The tensors of Hugging Face; `parts` has one tensor for each of the rule's names in llama.cpp.
  func toHuggingFace(_ parts: [TensorInfo]) throws(ModelError) -> [TranslatedTensor] {
    guard let stack = rule.stack else {
      return [try huggingFace(parts, parts.map(\.shape.dimensions), member: nil, bases: nil)]
    }
    let memberCount = try sizes.value(.name(stack))
    var shapes: [[Int]] = []
    var strides: [Int] = []
    for part in parts {
      guard part.shape.dimensions.first == memberCount, part.shape.elementCount > 0,
        memberCount <= RuleApplication.maximumMemberCount
      else {
        throw ModelError(
          .malformed, "shape-mismatch",
          "\(part.shape) is no stack of \(memberCount) (\(stack))", tensor: part.name)
      }
      shapes.append(Array(part.shape.dimensions.dropFirst()))
      strides.append(part.shape.elementCount / memberCount)
    }
    var result: [TranslatedTensor] = []
    for member in 0..<memberCount {
      result.append(
        try huggingFace(parts, shapes, member: member, bases: strides.map { $0 * member }))
    }
    return result
  }

  private func huggingFace(
    _ parts: [TensorInfo], _ shapes: [[Int]], member: Int?, bases: [Int]?
  ) throws(ModelError) -> TranslatedTensor {
    let axes = try rule.arrangement?.axes(
      ofRight: shapes, sizes: { (name) throws(ModelError) in try sizes.size(name) },
      value: { (expression) throws(ModelError) in try sizes.value(expression) })
    let bases = bases ?? shapes.map { _ in 0 }
    var extents = axes?.leftShape ?? shapes[0]
    while let rank = rule.rank, extents.count < rank { extents.insert(1, at: 0) }
    let shape = try Shape(extents)
    return try TranslatedTensor(
      name: rule.huggingFace.name(block: block, member: member), shape: shape,
      assembly: axes?.toLeft(bases: bases)
        ?? .whole(source: 0, unitCount: shape.elementCount, base: bases[0]),
      of: parts, addend: -(rule.addend ?? 0), isWidened: false)
  }

  /// Codes and exponents of MXFP4 blocks.
  func unpacked(_ parts: [TensorInfo]) throws(ModelError) -> [TranslatedTensor] {
    guard let packing = rule.packing else { return [] }
    var shapes: [[Int]] = []
    for part in parts {
      var shape = part.shape.dimensions
      shape[shape.count - 1] /= 32
      shapes.append(shape)
    }
    let axes = try rule.arrangement?.axes(
      ofRight: shapes, sizes: { (name) throws(ModelError) in try sizes.size(name) },
      value: { (expression) throws(ModelError) in try sizes.value(expression) })
    let blocks = axes?.leftShape ?? shapes[0]
    let blockCount = try Shape(blocks).elementCount
    let assembly =
      axes?.toLeft(bases: shapes.map { _ in 0 }) ?? .whole(source: 0, unitCount: blockCount)
    return [
      TranslatedTensor(
        name: rule.huggingFace.name(block: block), elementType: .U8,
        shape: try Shape(blocks + [16]), assembly: assembly,
        sources: parts.map { .codesOfMXFP4($0) }),
      TranslatedTensor(
        name: packing.scales.name(block: block), elementType: .U8, shape: try Shape(blocks),
        assembly: assembly, sources: parts.map { .exponentsOfMXFP4($0) }),
    ]
  }
}
