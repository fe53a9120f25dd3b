internal import CEncodingKernels

extension SuperBlockScratch {
  /// The search of eight sub-blocks; what it keeps of each value takes the place of `weights`,
  /// `products` and `bounds`.
  @inline(__always)
  func descent(group: Int) -> DescentLanes {
    let offset = group &* 512
    return DescentLanes(
      values + offset, products: products + offset, squares: weights + offset,
      lowest: bounds + offset, highest: bounds + 1024 + offset)
  }

  /// Keeps the scales of a search, and as inverses 0 where the peak counts as zero, NaN where it is
  /// not finite, and 1 elsewhere.
  @inline(__always)
  func store(_ lanes: DescentLanes, group: Int) {
    ingot_store_f32x8(scales + group &* 32, lanes.scales)
    let marks = ingot_choose(lanes.peaks.areCounted, ingot_all(1), ingot_all(0))
    ingot_store_f32x8(
      inverses + group &* 32, ingot_nan_unless_finite(marks, lanes.peaks.bits))
  }

  /// Whether all values of a search were finite.
  var areFinite: Bool {
    @inline(__always) get {
      let first = ingot_load_f32x8(inverses)
      let second = ingot_load_f32x8(inverses + 32)
      return ingot_lane_mask(
        ingot_either(ingot_is_different(first, first), ingot_is_different(second, second))) == 0
    }
  }

  /// The code that the descent left for an element of a sub-block.
  @inline(__always)
  func descentCode(part: Int, index: Int) -> Int32 {
    guard ingot_load_f32(inverses + part &* 4) != 0 else { return 0 }
    let vector = part / 8 &* 16 &+ index
    let lowest = ingot_load_f32(bounds + (vector &* 32 &+ part % 8 &* 4))
    return Int32(DescentLanes.code(above: ingot_all(lowest))[0]) &+ 4
  }

  /// Makes each weight w × √(`meanSquare` + value²) and adds up those of each sub-block, one after
  /// the other.
  @inline(__always)
  func emphasize(_ meanSquare: Float, sums: UnsafeMutableRawPointer) {
    for group in 0..<2 {
      var sum = ingot_all(0)
      for index in 0..<16 {
        let offset = group &* 512 &+ index &* 32
        let value = ingot_load_f32x8(values + offset)
        let root = ingot_square_root(
          ingot_plus(ingot_all(meanSquare), ingot_times(value, value)))
        let weight = ingot_times(ingot_load_f32x8(weights + offset), root)
        ingot_store_f32x8(weights + offset, weight)
        sum = ingot_plus(sum, weight)
      }
      ingot_store_f32x8(sums + group &* 32, sum)
    }
  }
}
