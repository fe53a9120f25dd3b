internal import CEncodingKernels

/// Which numbers a block of an encoding can hold, and where `GridSearch` looks for better ones: a
/// value is `scale` × s × q - `minimum` × t, where q is an element's code, s and t are the codes of
/// its sub-block, and `scale` and `minimum` are F16 numbers of the block.
public struct SearchGrid: Sendable {
  /// Sub-blocks in a block: 1, 8 or 16.
  let partCount: Int
  /// Elements in a sub-block: 16 or 32.
  let partElementCount: Int
  /// The codes q.
  let codes: ClosedRange<Int>
  /// The codes s; 1 alone where a sub-block has no scale of its own.
  let scaleCodes: ClosedRange<Int>
  /// The codes t: 0 alone where there is no minimum, 1 alone where a sub-block has none of its own.
  let minimumCodes: ClosedRange<Int>
  /// Whether `minimum` may be below 0.
  let isMinimumSigned: Bool
  /// How far from a sub-block's codes their neighbours are tried.
  let scaleReach: Int
  let minimumReach: Int
  /// How far from -s the scale is tried besides; nil where all s have one sign.
  let mirroredReach: Int?
  /// How often each start is improved.
  let roundCount: Int
  /// How many other starts there are, and how far apart they are, relative to a scale.
  let rescalingCount: Int
  let rescalingStep: Float

  /// A scale and a minimum for each sub-block.
  static func affine(
    partCount: Int, codes: ClosedRange<Int>, partCodes: ClosedRange<Int>
  ) -> SearchGrid {
    SearchGrid(
      partCount: partCount, partElementCount: 256 / partCount, codes: codes,
      scaleCodes: partCodes, minimumCodes: partCodes, isMinimumSigned: false, scaleReach: 3,
      minimumReach: 3, mirroredReach: nil, roundCount: 2, rescalingCount: 8, rescalingStep: 0.02)
  }

  /// A scale of either sign for each of 16 sub-blocks, codes about zero.
  static func symmetric(codes: ClosedRange<Int>, partCodes: ClosedRange<Int>) -> SearchGrid {
    SearchGrid(
      partCount: 16, partElementCount: 16, codes: codes, scaleCodes: partCodes,
      minimumCodes: 0...0, isMinimumSigned: false, scaleReach: 8, minimumReach: 0,
      mirroredReach: 4, roundCount: 2, rescalingCount: 8, rescalingStep: 0.02)
  }

  /// A block of 32 without sub-blocks; the minimum is what is subtracted.
  static func single(codes: ClosedRange<Int>, hasMinimum: Bool) -> SearchGrid {
    let minimumCode = hasMinimum ? 1 : 0
    return SearchGrid(
      partCount: 1, partElementCount: 32, codes: codes, scaleCodes: 1...1,
      minimumCodes: minimumCode...minimumCode, isMinimumSigned: hasMinimum, scaleReach: 0,
      minimumReach: 0, mirroredReach: nil, roundCount: 3, rescalingCount: 16, rescalingStep: 0.02)
  }

  /// Elements in a block.
  var elementCount: Int { partCount * partElementCount }

  /// The neighbours of a sub-block's codes in the order in which they are tried: ±s and t with
  /// something added.
  var neighbours: [(sign: Float, scale: Float, minimum: Float)] {
    var list: [(sign: Float, scale: Float, minimum: Float)] = []
    for scale in -scaleReach...scaleReach {
      for minimum in -minimumReach...minimumReach where scale != 0 || minimum != 0 {
        list.append((1, Float(scale), Float(minimum)))
      }
    }
    guard let mirroredReach else { return list }
    return list + (-mirroredReach...mirroredReach).map { (-1, Float($0), 0) }
  }

  /// What the scale and the minimum of the best block so far are multiplied by for each other start:
  /// 1 ± a number of steps. Where sub-blocks have codes for both, they take turns.
  var rescalings: [(scale: Float, minimum: Float)] {
    let takesTurns = minimumCodes.count > 1
    return (0..<rescalingCount).map { ordinal in
      let distance = Float(ordinal / (takesTurns ? 4 : 2) + 1) * rescalingStep
      let factor = ordinal % 2 == 0 ? 1 + distance : 1 - distance
      return takesTurns && ordinal / 2 % 2 == 1 ? (1, factor) : (factor, 1)
    }
  }
}

/// The scales of one block as `GridSearch` has them.
public struct BlockScales: Sendable, Equatable {
  /// What s is multiplied by; an F16 number.
  var scale: Float = 0
  /// What t is multiplied by; an F16 number.
  var minimum: Float = 0
  /// The codes s of the sub-blocks, whole numbers; those after the last are 0.
  var scaleCodes = SIMD16<Float>()
  /// The codes t.
  var minimumCodes = SIMD16<Float>()
}
