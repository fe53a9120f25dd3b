internal import CEncodingKernels

/// The search for the scale of numbers that are not negative, for sixteen sets of numbers at once,
/// one in each lane: `scales` gets the scales, and the codes are left in the rows. `ScaleSearch` in
/// `Encodings` is the definition, and every lane does its steps in its order.
///
/// Not a member of a type, for the reason that `searchAffine` gives.
@inline(never)
func searchScales(
  _ rows: UnsafeMutableRawPointer, count: Int, top: Float, scales: UnsafeMutableRawPointer
) {
  ScaleSearch.search(rows, count: count, top: top, scales: scales)
}

/// The rows have a vector of sixteen lanes for each number of a set, then the weights and room for
/// the codes, as 32-bit integers.
enum ScaleSearch {
  static let weightsOffset = 1024
  static let codesOffset = 2048
  static let rowsByteCount = 3072

  @inline(__always)
  fileprivate static func search(
    _ rows: UnsafeMutableRawPointer, count: Int, top: Float, scales: UnsafeMutableRawPointer
  ) {
    let limit = Int32(top)
    var highest = ingot_lanes(0)
    for index in 0..<count {
      let offset = 64 &* index
      highest = ingot_lanes_higher(highest, ingot_load_f32x16(rows + offset))
    }
    let isZero = ingot_lanes_less(highest, ingot_lanes(1e-15))
    let inverse = bestInverse(rows, count: count, top: top, highest: highest)
    var sums = Sums()
    for index in 0..<count {
      let offset = 64 &* index
      let number = ingot_load_f32x16(rows + offset)
      let weight = ingot_load_f32x16(rows + offset + weightsOffset)
      let nearest = ingot_nearest(ingot_lanes_multiply(inverse, number))
      let code = ingot_codes_at_most(nearest, limit)
      ingot_store_i32x16(rows + offset + codesOffset, ingot_codes_lower_byte(code))
      let terms = Sums(weight, number, ingot_codes_as_floats(code))
      sums.product = ingot_lanes_add(sums.product, terms.product)
      sums.square = ingot_lanes_add(sums.square, terms.square)
    }
    for _ in 0..<5 {
      guard improve(&sums, rows, count: count, limit: limit) else { break }
    }
    let isThere = ingot_lanes_less(ingot_lanes(0), sums.square)
    var scale = ingot_lanes_choose(
      isThere, ingot_lanes_divide(sums.product, sums.square), ingot_lanes(0))
    scale = ingot_lanes_choose(isZero, ingot_lanes(0), scale)
    ingot_store_f32x16(scales, scale)
    for index in 0..<count {
      let offset = codesOffset &+ 64 &* index
      let codes = ingot_load_i32x16(rows + offset)
      ingot_store_i32x16(rows + offset, ingot_codes_choose(isZero, SIMD16(), codes))
    }
  }

  /// Σ weight × number × code and Σ weight × code².
  private struct Sums {
    var product: SIMD16<Float>
    var square: SIMD16<Float>

    @inline(__always)
    init() {
      product = ingot_lanes(0)
      square = ingot_lanes(0)
    }

    @inline(__always)
    init(_ weight: SIMD16<Float>, _ number: SIMD16<Float>, _ code: SIMD16<Float>) {
      product = ingot_lanes_multiply(ingot_lanes_multiply(weight, number), code)
      square = ingot_lanes_multiply(ingot_lanes_multiply(weight, code), code)
    }
  }

  @inline(__always)
  private static func bestInverse(
    _ rows: UnsafeMutableRawPointer, count: Int, top: Float, highest: SIMD16<Float>
  ) -> SIMD16<Float> {
    var inverse = ingot_lanes_divide(ingot_lanes(top), highest)
    var lowestError = error(rows, count: count, inverse, limit: nil)
    for step in -4...4 where step != 0 {
      let offset = 0.1 * Float(step)
      let candidate = ingot_lanes_divide(ingot_lanes(offset + top), highest)
      let error = error(rows, count: count, candidate, limit: Int32(top))
      let isBetter = ingot_lanes_less(error, lowestError)
      lowestError = ingot_lanes_choose(isBetter, error, lowestError)
      inverse = ingot_lanes_choose(isBetter, candidate, inverse)
    }
    return inverse
  }

  /// Σ weight × error². Codes are at most `limit`; without one, only their lower bytes count.
  @inline(__always)
  private static func error(
    _ rows: UnsafeMutableRawPointer, count: Int, _ inverse: SIMD16<Float>, limit: Int32?
  ) -> SIMD16<Float> {
    let scale = ingot_lanes_divide(ingot_lanes(1), inverse)
    var sum = ingot_lanes(0)
    for index in 0..<count {
      let offset = 64 &* index
      let number = ingot_load_f32x16(rows + offset)
      let weight = ingot_load_f32x16(rows + offset + weightsOffset)
      let nearest = ingot_nearest(ingot_lanes_multiply(inverse, number))
      let code =
        limit.map { ingot_codes_at_most(nearest, $0) } ?? ingot_codes_lower_byte(nearest)
      let product = ingot_lanes_multiply(scale, ingot_codes_as_floats(code))
      let difference = ingot_lanes_subtract(number, product)
      let weighted = ingot_lanes_multiply(weight, difference)
      sum = ingot_lanes_add(sum, ingot_lanes_multiply(weighted, difference))
    }
    return sum
  }

  /// Whether a code changed in any lane. A lane in which none changed stays as it is.
  @inline(__always)
  private static func improve(
    _ sums: inout Sums, _ rows: UnsafeMutableRawPointer, count: Int, limit: Int32
  ) -> Bool {
    var isChanged = false
    for index in 0..<count {
      let offset = 64 &* index
      let number = ingot_load_f32x16(rows + offset)
      let weight = ingot_load_f32x16(rows + offset + weightsOffset)
      let oldCode = ingot_load_i32x16(rows + offset + codesOffset)
      let old = Sums(weight, number, ingot_codes_as_floats(oldCode))
      var product = ingot_lanes_subtract(sums.product, old.product)
      var square = ingot_lanes_subtract(sums.square, old.square)
      let isPositive = ingot_lanes_both(
        ingot_lanes_less(ingot_lanes(0), product), ingot_lanes_less(ingot_lanes(0), square))
      let exact = ingot_lanes_divide(ingot_lanes_multiply(number, square), product)
      let code = ingot_codes_at_most(ingot_nearest(exact), limit)
      let new = Sums(weight, number, ingot_codes_as_floats(code))
      product = ingot_lanes_add(product, new.product)
      square = ingot_lanes_add(square, new.square)
      let before = ingot_lanes_multiply(ingot_lanes_multiply(sums.product, sums.product), square)
      let after = ingot_lanes_multiply(ingot_lanes_multiply(product, product), sums.square)
      let isBetter = ingot_lanes_both(
        ingot_lanes_both(isPositive, ingot_codes_differ(code, oldCode)),
        ingot_lanes_less(before, after))
      guard ingot_lanes_any(isBetter) else { continue }
      isChanged = true
      sums.product = ingot_lanes_choose(isBetter, product, sums.product)
      sums.square = ingot_lanes_choose(isBetter, square, sums.square)
      ingot_store_i32x16(
        rows + offset + codesOffset,
        ingot_codes_choose(isBetter, ingot_codes_lower_byte(code), oldCode))
    }
    return isChanged
  }
}
