internal import CEncodingKernels

/// What the types whose scale is the highest magnitude share.
enum Ternary {
  /// The highest magnitude in `blockCount` blocks of 32 values; the NaN 0x7FC00000 if one of them
  /// is not finite.
  @inline(__always)
  static func scale(_ values: UnsafeRawPointer, blockCount: Int) -> Float {
    var highest = SIMD32<Int32>()
    for block in 0..<blockCount {
      highest = ingot_raise_to_magnitude_bits(highest, ingot_load_f32x32(values + block &* 128))
    }
    let bits = ingot_highest_lane(highest)
    return Float(bitPattern: bits < 0x7F80_0000 ? UInt32(truncatingIfNeeded: bits) : 0x7FC0_0000)
  }

  /// 1 / `scale`; 0 where that is not finite.
  @inline(__always)
  static func inverse(_ scale: Float) -> Float {
    let inverse = 1 / scale
    return inverse - inverse == 0 ? inverse : 0
  }

  /// Stores 32 products with `scale`, which may not be finite.
  @inline(__always)
  static func store(
    _ decoded: SIMD32<Float>, _ scale: Float, _ values: UnsafeMutableRawPointer
  ) {
    ingot_store_f32x32(values, scale - scale == 0 ? decoded : ingot_canonical_nan(decoded))
  }
}
