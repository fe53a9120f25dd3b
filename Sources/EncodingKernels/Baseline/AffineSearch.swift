internal import CEncodingKernels

/// Where the search for scales and minimums has its numbers: vectors of sixteen lanes, one for each
/// sub-block.
enum AffineSearch {
  // In the columns: the values of the sub-blocks, transposed, in 32 vectors, then as many weights,
  // then room for codes.
  static let weightsOffset = 2048
  static let codesOffset = 4096
  static let columnsByteCount = 6144

  // In what was found: a vector each.
  static let scalesOffset = 0
  /// What is subtracted.
  static let minimumsOffset = 64
  /// The codes are (value - origin) × inverse, rounded.
  static let originsOffset = 128
  static let inversesOffset = 192
  static let weightSumsOffset = 256
  static let foundByteCount = 320
}

/// Searches sixteen sub-blocks of `count` values at once; `AffineSearch` in `Encodings` is the
/// definition, and every lane does its steps in its order. No value traps; a lane with one that is
/// not finite gets nothing of use.
///
/// Not a member of a type: the compiler would drop the type argument in a specialised copy, and
/// that is a weak symbol.
@inline(never)
func searchAffine(
  _ columns: UnsafeMutableRawPointer, count: Int, top: Float, first: Float, increment: Float,
  candidateCount: Int, isSquared: Bool, found: UnsafeMutableRawPointer
) {
  let span = Span(columns, count: count)
  let highest = span.highest
  // Zeros keep their sign: Q4_1 and Q5_1 store it.
  var lowest = ingot_lanes_choose(
    ingot_lanes_less(ingot_lanes(0), span.lowest), ingot_lanes(0), span.lowest)
  // Other lanes have nothing but the code 0.
  let isSpread = ingot_lanes_differ(highest, lowest)
  var inverse = ingot_lanes_choose(
    isSpread, ingot_lanes_divide(ingot_lanes(top), ingot_lanes_subtract(highest, lowest)),
    ingot_lanes(0))
  var scale = ingot_lanes_choose(
    isSpread, ingot_lanes_divide(ingot_lanes(1), inverse), ingot_lanes(0))
  var origin = lowest
  var bestInverse = inverse
  _ = span.sums(columns, count: count, inverse: inverse, lowest: lowest, top: top)
  // No error is below 0, so the lanes that are not spread keep what they have.
  var bestError = lossSum(columns, count: count, scale, lowest, isSquared: isSquared)
  bestError = ingot_lanes_choose(isSpread, bestError, ingot_lanes(0))
  for index in 0..<candidateCount {
    let offset = increment * Float(index)
    let steps = first + offset + top
    inverse = ingot_lanes_divide(ingot_lanes(steps), ingot_lanes_subtract(highest, lowest))
    inverse = ingot_lanes_choose(isSpread, inverse, ingot_lanes(0))
    let sums = span.sums(columns, count: count, inverse: inverse, lowest: lowest, top: top)
    let line = span.line(sums)
    var error = lossSum(columns, count: count, line.scale, line.minimum, isSquared: isSquared)
    error = ingot_lanes_choose(line.isThere, error, bestError)
    let isBetter = ingot_lanes_less(error, bestError)
    bestError = ingot_lanes_choose(isBetter, error, bestError)
    bestInverse = ingot_lanes_choose(isBetter, inverse, bestInverse)
    origin = ingot_lanes_choose(isBetter, lowest, origin)
    scale = ingot_lanes_choose(isBetter, line.scale, scale)
    lowest = ingot_lanes_choose(isBetter, line.minimum, lowest)
  }
  ingot_store_f32x16(found + AffineSearch.scalesOffset, scale)
  ingot_store_f32x16(found + AffineSearch.minimumsOffset, ingot_lanes_negate(lowest))
  ingot_store_f32x16(found + AffineSearch.originsOffset, origin)
  ingot_store_f32x16(found + AffineSearch.inversesOffset, bestInverse)
  ingot_store_f32x16(found + AffineSearch.weightSumsOffset, span.weightSum)
}

/// Σ weight × error², or Σ weight × |error|, of the codes that `Span.sums` left in memory.
@inline(__always)
private func lossSum(
  _ columns: UnsafeMutableRawPointer, count: Int, _ scale: SIMD16<Float>,
  _ minimum: SIMD16<Float>, isSquared: Bool
) -> SIMD16<Float> {
  var sum = ingot_lanes(0)
  if isSquared {
    for index in 0..<count {
      let offset = 64 &* index
      let difference = codeError(columns + offset, scale, minimum)
      let square = ingot_lanes_multiply(difference, difference)
      let weight = ingot_load_f32x16(columns + offset + AffineSearch.weightsOffset)
      sum = ingot_lanes_add(sum, ingot_lanes_multiply(weight, square))
    }
  } else {
    for index in 0..<count {
      let offset = 64 &* index
      let difference = codeError(columns + offset, scale, minimum)
      let weight = ingot_load_f32x16(columns + offset + AffineSearch.weightsOffset)
      let loss = ingot_lanes_magnitude(difference)
      sum = ingot_lanes_add(sum, ingot_lanes_multiply(weight, loss))
    }
  }
  return sum
}

@inline(__always)
private func codeError(
  _ column: UnsafeMutableRawPointer, _ scale: SIMD16<Float>, _ minimum: SIMD16<Float>
) -> SIMD16<Float> {
  let product = ingot_lanes_multiply(scale, ingot_load_f32x16(column + AffineSearch.codesOffset))
  return ingot_lanes_subtract(ingot_lanes_add(product, minimum), ingot_load_f32x16(column))
}

/// Sums that every candidate needs.
private struct Span {
  var lowest: SIMD16<Float>
  var highest: SIMD16<Float>
  var weightSum: SIMD16<Float>
  var valueSum: SIMD16<Float>

  /// Σ weight × code, Σ weight × code² and Σ weight × code × value.
  struct Sums {
    var code = ingot_lanes(0)
    var square = ingot_lanes(0)
    var product = ingot_lanes(0)
  }

  struct Line {
    var isThere: SIMD16<Int32>
    var scale: SIMD16<Float>
    var minimum: SIMD16<Float>
  }

  @inline(__always)
  init(_ columns: UnsafeMutableRawPointer, count: Int) {
    lowest = ingot_load_f32x16(columns)
    highest = lowest
    weightSum = ingot_load_f32x16(columns + AffineSearch.weightsOffset)
    valueSum = ingot_lanes_multiply(weightSum, lowest)
    for index in 1..<count {
      let offset = 64 &* index
      let value = ingot_load_f32x16(columns + offset)
      let weight = ingot_load_f32x16(columns + offset + AffineSearch.weightsOffset)
      lowest = ingot_lanes_lower(value, lowest)
      highest = ingot_lanes_higher(value, highest)
      weightSum = ingot_lanes_add(weightSum, weight)
      valueSum = ingot_lanes_add(valueSum, ingot_lanes_multiply(weight, value))
    }
  }

  /// Leaves the codes (value - lowest) × inverse in memory and adds up their products.
  @inline(__always)
  func sums(
    _ columns: UnsafeMutableRawPointer, count: Int, inverse: SIMD16<Float>,
    lowest: SIMD16<Float>, top: Float
  ) -> Sums {
    // Both steps are monotonic, so what the ends become bounds what the others become.
    let lower = ingot_lanes_multiply(inverse, ingot_lanes_subtract(self.lowest, lowest))
    let upper = ingot_lanes_multiply(inverse, ingot_lanes_subtract(highest, lowest))
    var sums = Sums()
    if ingot_lanes_are_moderate(lower, upper) {
      for index in 0..<count {
        let offset = 64 &* index
        let value = ingot_load_f32x16(columns + offset)
        let scaled = ingot_lanes_multiply(inverse, ingot_lanes_subtract(value, lowest))
        sums.add(columns + offset, value, code: ingot_code_of_moderate(scaled, top))
      }
    } else {
      for index in 0..<count {
        let offset = 64 &* index
        let value = ingot_load_f32x16(columns + offset)
        let scaled = ingot_lanes_multiply(inverse, ingot_lanes_subtract(value, lowest))
        sums.add(columns + offset, value, code: ingot_code_of_any(scaled, top))
      }
    }
    return sums
  }

  /// The line of least weighted squares whose minimum is not above 0.
  @inline(__always)
  func line(_ sums: Sums) -> Line {
    let determinant = ingot_lanes_subtract(
      ingot_lanes_multiply(weightSum, sums.square), ingot_lanes_multiply(sums.code, sums.code))
    let slope = ingot_lanes_subtract(
      ingot_lanes_multiply(weightSum, sums.product), ingot_lanes_multiply(valueSum, sums.code))
    let start = ingot_lanes_subtract(
      ingot_lanes_multiply(sums.square, valueSum), ingot_lanes_multiply(sums.code, sums.product))
    let minimum = ingot_lanes_divide(start, determinant)
    let isAbove = ingot_lanes_less(ingot_lanes(0), minimum)
    let numerator = ingot_lanes_choose(isAbove, sums.product, slope)
    let denominator = ingot_lanes_choose(isAbove, sums.square, determinant)
    return Line(
      isThere: ingot_lanes_less(ingot_lanes(0), determinant),
      scale: ingot_lanes_divide(numerator, denominator),
      minimum: ingot_lanes_choose(isAbove, ingot_lanes(0), minimum))
  }
}

extension Span.Sums {
  @inline(__always)
  mutating func add(
    _ column: UnsafeMutableRawPointer, _ value: SIMD16<Float>, code newCode: SIMD16<Float>
  ) {
    ingot_store_f32x16(column + AffineSearch.codesOffset, newCode)
    let weight = ingot_load_f32x16(column + AffineSearch.weightsOffset)
    let weighted = ingot_lanes_multiply(weight, newCode)
    code = ingot_lanes_add(code, weighted)
    square = ingot_lanes_add(square, ingot_lanes_multiply(weighted, newCode))
    product = ingot_lanes_add(product, ingot_lanes_multiply(weighted, value))
  }
}
