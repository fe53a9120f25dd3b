/// The search for the scale and the minimum of one sub-block: code × scale - minimum shall be near
/// the values, and codes are 0...`top`.
///
/// The first candidate spans the values, with 0 among them. Each further one makes codes with a
/// slightly different step, fits scale and minimum to them by weighted least squares, and is taken
/// if its weighted error is lower; the next one then starts from its minimum.
/// Sources: `make_qkx2_quants` and `make_qkx3_quants` in ggml `ggml-quants.c`, which are the same
/// for finite values.
struct AffineSearch {
  /// What a candidate is judged by.
  enum Norm {
    /// Σ weight × error²
    case square
    /// Σ weight × |error|
    case magnitude
  }

  /// The highest code.
  let top: Int32
  /// Candidate i spans `first` + i × `increment` + `top` steps.
  let first: Float
  let increment: Float
  let candidateCount: Int
  let norm: Norm

  /// What the search found.
  struct Fit {
    /// 0 if all values are equal and not positive; infinity if their range overflows F32.
    var scale: Float
    /// What is subtracted.
    var minimum: Float
    /// The codes that it was fitted to: 0...`top`.
    var codes: [UInt8]
  }

  /// The best fit for finite `values`; `weights` has one number, at least 0, for each.
  func fit(_ values: UnsafeBufferPointer<Float>, weights: [Float]) -> Fit {
    let span = Span(values, weights: weights)
    let highest = span.highest
    var lowest = span.lowest > 0 ? 0 : span.lowest
    guard highest != lowest else {
      return Fit(scale: 0, minimum: -lowest, codes: [UInt8](repeating: 0, count: values.count))
    }
    var inverse = Float(top) / (highest - lowest)
    var scale = 1 / inverse
    var codes = values.map { code(inverse * ($0 - lowest)) }
    var lowestError = error(of: codes, scale, lowest, values, weights)
    for index in 0..<candidateCount {
      let offset = increment * Float(index)
      inverse = (first + offset + Float(top)) / (highest - lowest)
      let candidate = values.map { code(inverse * ($0 - lowest)) }
      guard let line = span.line(through: candidate, values, weights) else { continue }
      let error = error(of: candidate, line.scale, line.minimum, values, weights)
      if error < lowestError {
        lowestError = error
        codes = candidate
        scale = line.scale
        lowest = line.minimum
      }
    }
    return Fit(scale: scale, minimum: -lowest, codes: codes)
  }

  private func code(_ scaled: Float) -> UInt8 {
    UInt8(max(0, min(top, nearestInteger(scaled))))
  }

  private func error(
    of codes: [UInt8], _ scale: Float, _ minimum: Float, _ values: UnsafeBufferPointer<Float>,
    _ weights: [Float]
  ) -> Float {
    var sum: Float = 0
    for index in values.indices {
      let product = scale * Float(codes[index])
      let difference = product + minimum - values[index]
      let loss = norm == .square ? difference * difference : difference.magnitude
      let weighted = weights[index] * loss
      sum += weighted
    }
    return sum
  }
}

/// Sums over the values of a sub-block, which every candidate needs.
private struct Span {
  var lowest: Float
  var highest: Float
  var weightSum: Float
  var valueSum: Float

  init(_ values: UnsafeBufferPointer<Float>, weights: [Float]) {
    lowest = values[0]
    highest = values[0]
    weightSum = weights[0]
    valueSum = weights[0] * values[0]
    for index in values.indices.dropFirst() {
      let value = values[index]
      if value < lowest { lowest = value }
      if value > highest { highest = value }
      let product = weights[index] * value
      weightSum += weights[index]
      valueSum += product
    }
  }

  /// The line of least weighted squares whose minimum is not above 0; nil if the codes are all
  /// equal, as far as rounded sums can tell.
  func line(
    through codes: [UInt8], _ values: UnsafeBufferPointer<Float>, _ weights: [Float]
  ) -> (scale: Float, minimum: Float)? {
    var codeSum: Float = 0
    var squareSum: Float = 0
    var productSum: Float = 0
    for index in values.indices {
      let code = Float(codes[index])
      let weighted = weights[index] * code
      let square = weighted * code
      let product = weighted * values[index]
      codeSum += weighted
      squareSum += square
      productSum += product
    }
    let determinant = weightSum * squareSum - codeSum * codeSum
    guard determinant > 0 else { return nil }
    let minimum = (squareSum * valueSum - codeSum * productSum) / determinant
    if minimum > 0 { return (productSum / squareSum, 0) }
    return ((weightSum * productSum - valueSum * codeSum) / determinant, minimum)
  }
}
