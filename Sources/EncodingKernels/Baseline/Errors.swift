internal import CEncodingKernels

/// The kernel that measures what an encoding lost.
public enum Errors {
  /// Adds `blockCount` blocks of 32 values and what became of them to `lanes`, an `ErrorLanes` of
  /// `Encodings`.
  @inline(never)
  public static func add(
    _ reference: UnsafeRawPointer, _ decoded: UnsafeRawPointer, _ blockCount: Int,
    _ lanes: UnsafeMutableRawPointer
  ) {
    var squaredError = ingot_load_f64x8(lanes)
    var squaredReference = ingot_load_f64x8(lanes + 64)
    var highestError = ingot_load_f32x8(lanes + 128)
    for block in 0..<blockCount {
      let values = ingot_load_f32x32(reference + block &* 128)
      let error = ingot_difference(ingot_load_f32x32(decoded + block &* 128), values)
      squaredError = ingot_add_squares(squaredError, error)
      squaredReference = ingot_add_squares(squaredReference, values)
      highestError = ingot_raise_to_magnitudes(highestError, error)
    }
    ingot_store_f64x8(lanes, squaredError)
    ingot_store_f64x8(lanes + 64, squaredReference)
    ingot_store_f32x8(lanes + 128, highestError)
  }
}
