internal import Tensors

/// One piece of work: a run of leaves of one tensor.
struct Unit: Sendable {
  /// Which output file.
  var fileIndex: Int
  /// Which tensor of that file.
  var tensorIndex: Int
  /// The first leaf.
  var firstLeaf: Int
  /// How many leaves.
  var leafCount: Int

  /// All units of `plan`, in file order. Tensors without elements have none.
  static func all(of plan: Plan) -> [Unit] {
    var units: [Unit] = []
    for (fileIndex, file) in plan.files.enumerated() {
      for (tensorIndex, tensor) in file.tensors.enumerated() {
        var leaf = 0
        while leaf < tensor.leafCount {
          let count = min(plan.resources.leavesPerUnit, tensor.leafCount - leaf)
          units.append(
            Unit(fileIndex: fileIndex, tensorIndex: tensorIndex, firstLeaf: leaf, leafCount: count))
          leaf += count
        }
      }
    }
    return units
  }
}

/// The elements and bytes that a unit covers.
struct UnitExtent: Sendable {
  /// From the start of the tensor.
  var firstElement: Int
  var elementCount: Int
  /// From the start of the source tensor's data.
  var sourceOffset: Int
  var sourceByteCount: Int
  /// From the start of the output tensor's data.
  var outputOffset: Int
  var outputByteCount: Int

  init(_ unit: Unit, of tensor: PlannedTensor) {
    let first = unit.firstLeaf * leafElementCount
    let end = min(first + unit.leafCount * leafElementCount, tensor.shape.elementCount)
    firstElement = first
    elementCount = end - first
    func bytes(_ elements: Int, _ type: ElementType) -> Int {
      elements / type.blockElementCount * type.blockByteCount
    }
    // Factors are made from all numbers of their tensor, which are read elsewhere.
    let isOfSource = tensor.factorShape == nil
    sourceOffset = isOfSource ? bytes(first, tensor.source.elementType) : 0
    sourceByteCount = isOfSource ? bytes(elementCount, tensor.source.elementType) : 0
    outputOffset = bytes(first, tensor.elementType)
    outputByteCount = bytes(elementCount, tensor.elementType)
  }
}
