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
    // Short enough that doing one again, because a sum is out of range, costs little.
    for start in stride(from: 0, to: blockCount, by: 64) {
      let count = min(64, blockCount &- start)
      let references = reference + start &* 128
      let results = decoded + start &* 128
      var measurement = Measurement(lanes)
      for block in 0..<count {
        measurement.add(
          ingot_load_f32x32(references + block &* 128), ingot_load_f32x32(results + block &* 128))
      }
      if !measurement.store(lanes) { addAny(references, results, count, lanes) }
    }
  }

  /// As `add`, whatever the sums of squares are.
  @inline(__always)
  private static func addAny(
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
