internal import CEncodingKernels

/// The kernel that finds out whether values are finite.
public enum Magnitudes {
  /// The highest magnitude in `batchCount` batches of 256 values, as bits: above `0x7F80_0000` there
  /// is a NaN, at it an infinity. One pass at the speed of memory.
  @inline(never)
  public static func highestBits(_ values: UnsafeRawPointer, _ batchCount: Int) -> Int32 {
    var highest = SIMD32<Int32>()
    for block in 0..<8 &* batchCount {
      highest = ingot_raise_to_magnitude_bits(highest, ingot_load_f32x32(values + block &* 128))
    }
    return ingot_highest_lane(highest)
  }
}
