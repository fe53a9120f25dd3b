internal import CEncodingKernels

/// The sums of `ErrorLanes` of `Encodings` while a kernel adds blocks whose sums of four squares are
/// all above 2^-90 and finite. Whether they were is asked once, at the end.
typealias Measurement = ingot_measurement

extension ingot_measurement {
  /// Goes on from `lanes`, an `ErrorLanes`.
  @inline(__always)
  init(_ lanes: UnsafeRawPointer) {
    self.init(
      errors: ingot_halves_of_sums(ingot_load_f64x8(lanes)),
      references: ingot_halves_of_sums(ingot_load_f64x8(lanes + 64)),
      highest: ingot_magnitude_bits_of_eight(ingot_load_f32x8(lanes + 128)),
      lowest: SIMD8(repeating: .max))
  }

  /// Adds a block and what became of it.
  @inline(__always)
  mutating func add(_ reference: SIMD32<Float>, _ decoded: SIMD32<Float>) {
    let error = ingot_difference(decoded, reference)
    let squaredError = ingot_sums_of_squares(error)
    let squaredReference = ingot_sums_of_squares(reference)
    errors = ingot_add_to_halves(errors, squaredError)
    references = ingot_add_to_halves(references, squaredReference)
    lowest = ingot_lowered(ingot_lowered(lowest, squaredError), squaredReference)
    highest = ingot_raised_to_magnitudes(highest, error)
  }

  /// Stores the sums if all that were added are in range; otherwise leaves `lanes` alone and returns
  /// false.
  @inline(__always)
  func store(_ lanes: UnsafeMutableRawPointer) -> Bool {
    guard ingot_are_inside(lowest, errors, references) else { return false }
    ingot_store_f64x8(lanes, ingot_lanes_of_sums(errors))
    ingot_store_f64x8(lanes + 64, ingot_lanes_of_sums(references))
    ingot_store_f32x8(lanes + 128, ingot_eight_from_bits(highest))
    return true
  }
}
