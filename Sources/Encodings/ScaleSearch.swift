/// The search for the scale of numbers that are not negative: code × scale shall be near each of
/// them, and codes are 0...`top`. The numbers are themselves the scales or the minimums of
/// sub-blocks, and the scale is that of the super-block.
///
/// Nine steps about the one that makes `top` of the highest number are tried; then single codes
/// are improved in turn, at most five times over, against the scale of least squares.
///
/// A number may be negative if its own search went astray. Codes are bytes, so the code of such a
/// number is cut to its lower eight bits, as in the reference.
/// Source: `make_qp_quants` in ggml `ggml-quants.c`.
struct ScaleSearch {
  /// The highest code.
  let top: Int32

  /// The scale, and the code of each number. `weights` has one number, at least 0, for each.
  func fit(_ numbers: [Float], weights: [Float]) -> (scale: Float, codes: [UInt8]) {
    var highest: Float = 0
    for number in numbers where !(highest > number) { highest = number }
    // Below it, the reference takes everything for zero.
    guard highest >= 1e-15 else { return (0, numbers.map { _ in 0 }) }
    let inverse = bestInverse(numbers, weights, highest: highest)
    var sums = Sums()
    for (number, weight) in zip(numbers, weights) {
      let code = min(top, nearestInteger(inverse * number))
      sums.codes.append(UInt8(truncatingIfNeeded: code))
      let (product, square) = terms(weight, number, Float(code))
      sums.product += product
      sums.square += square
    }
    for _ in 0..<5 {
      guard improve(&sums, numbers, weights) else { break }
    }
    return (sums.square > 0 ? sums.product / sums.square : 0, sums.codes)
  }

  /// Σ weight × number × code and Σ weight × code².
  private struct Sums {
    var product: Float = 0
    var square: Float = 0
    var codes: [UInt8] = []
  }

  private func terms(
    _ weight: Float, _ number: Float, _ code: Float
  ) -> (product: Float, square: Float) {
    (weight * number * code, weight * code * code)
  }

  private func bestInverse(_ numbers: [Float], _ weights: [Float], highest: Float) -> Float {
    var inverse = Float(top) / highest
    var lowestError: Float = 0
    let scale = 1 / inverse
    for (number, weight) in zip(numbers, weights) {
      let code = UInt8(truncatingIfNeeded: nearestInteger(inverse * number))
      let difference = number - scale * Float(code)
      lowestError += weight * difference * difference
    }
    for step in -4...4 where step != 0 {
      let candidate = (0.1 * Float(step) + Float(top)) / highest
      let scale = 1 / candidate
      var error: Float = 0
      for (number, weight) in zip(numbers, weights) {
        let code = min(top, nearestInteger(candidate * number))
        let difference = number - scale * Float(code)
        error += weight * difference * difference
      }
      if error < lowestError {
        lowestError = error
        inverse = candidate
      }
    }
    return inverse
  }

  /// Gives each number in turn the code that suits the scale of all others, if that brings the
  /// sums nearer to the numbers. Whether a code changed.
  private func improve(_ sums: inout Sums, _ numbers: [Float], _ weights: [Float]) -> Bool {
    var isChanged = false
    for index in numbers.indices {
      let (number, weight) = (numbers[index], weights[index])
      let old = terms(weight, number, Float(sums.codes[index]))
      var product = sums.product - old.product
      var square = sums.square - old.square
      guard product > 0, square > 0 else { continue }
      let code = min(top, nearestInteger(number * square / product))
      guard code != Int32(sums.codes[index]) else { continue }
      let new = terms(weight, number, Float(code))
      product += new.product
      square += new.square
      guard product * product * sums.square > sums.product * sums.product * square else { continue }
      sums.codes[index] = UInt8(truncatingIfNeeded: code)
      sums.product = product
      sums.square = square
      isChanged = true
    }
    return isChanged
  }
}
