/// Finds scales for one block with less Σ weight × error² than those it starts from.
///
/// A round goes through the sub-blocks and takes the neighbour of their codes with the lowest error;
/// then the two scales of the block are fitted to all codes by least squares, rounded to F16, and
/// kept if the error falls. The start is improved by some rounds; then the best block so far is
/// rescaled a little, its codes with it, and improved as much, and is taken if it is better than the
/// best, once for each of `SearchGrid.rescalings`.
///
/// The codes of the elements always are the nearest for the scales. Every sum is of F32, one element
/// or one sub-block after the other, but for the fit of the scales, which adds sub-blocks in F64; the
/// kernels do the same steps. Nothing traps: a block with values that are not finite gives scales of
/// no use, and who calls compares errors.
struct GridSearch {
  let grid: SearchGrid
  let values: UnsafeBufferPointer<Float>
  let weights: UnsafeBufferPointer<Float>
  private var best: Trial

  /// Some scales and what they lose.
  private struct Trial {
    var scales: BlockScales
    /// Σ weight × error² of each sub-block.
    var errors = SIMD16<Float>()
    /// The sum of `errors`.
    var total: Float = 0
  }

  /// Searches one block; `weights` has one number, at least 0, for each value.
  init(
    _ grid: SearchGrid, _ values: UnsafeBufferPointer<Float>,
    weights: UnsafeBufferPointer<Float>, from start: BlockScales
  ) {
    self.grid = grid
    self.values = values
    self.weights = weights
    best = Trial(scales: start)
    best = improved(start)
    for factors in grid.rescalings {
      let trial = improved(rescaled(best.scales, factors))
      if trial.total < best.total { best = trial }
    }
  }

  /// What was found.
  var scales: BlockScales { best.scales }

  /// The codes q of all elements for what was found.
  func storeCodes(in codes: UnsafeMutableBufferPointer<Int8>) {
    for part in 0..<grid.partCount {
      let line = Line(best.scales, part)
      for index in elements(of: part) { codes[index] = Int8(code(of: values[index], line)) }
    }
  }

  private func improved(_ start: BlockScales) -> Trial {
    var trial = Trial(scales: start)
    measure(&trial)
    for _ in 0..<grid.roundCount {
      tryNeighbours(&trial)
      refit(&trial)
    }
    return trial
  }

  private func measure(_ trial: inout Trial) {
    trial.total = 0
    for part in 0..<grid.partCount {
      trial.errors[part] = error(of: part, Line(trial.scales, part))
      trial.total += trial.errors[part]
    }
  }

  private func tryNeighbours(_ trial: inout Trial) {
    guard grid.scaleReach > 0 else { return }
    trial.total = 0
    for part in 0..<grid.partCount {
      let scaleCode = trial.scales.scaleCodes[part]
      let minimumCode = trial.scales.minimumCodes[part]
      for step in grid.neighbours {
        var scales = trial.scales
        scales.scaleCodes[part] = clamped(step.sign * scaleCode + step.scale, grid.scaleCodes)
        scales.minimumCodes[part] = clamped(minimumCode + step.minimum, grid.minimumCodes)
        let error = error(of: part, Line(scales, part))
        if error < trial.errors[part] {
          trial.errors[part] = error
          trial.scales.scaleCodes[part] = scales.scaleCodes[part]
          trial.scales.minimumCodes[part] = scales.minimumCodes[part]
        }
      }
      trial.total += trial.errors[part]
    }
  }

  /// Fits `scale` and `minimum` by least squares, with the codes as they are.
  private func refit(_ trial: inout Trial) {
    var fit = ScaleFit()
    for part in 0..<grid.partCount {
      let line = Line(trial.scales, part)
      var sums = ScaleFit.Sums()
      for index in elements(of: part) {
        sums.add(values[index], code: code(of: values[index], line), weight: weights[index])
      }
      fit.add(
        sums, scaleCode: trial.scales.scaleCodes[part],
        minimumCode: trial.scales.minimumCodes[part])
    }
    var fitted = trial
    (fitted.scales.scale, fitted.scales.minimum) = fit.scales(
      trial.scales.minimum, isMinimumSigned: grid.isMinimumSigned)
    measure(&fitted)
    if fitted.total < trial.total { trial = fitted }
  }

  private func rescaled(
    _ scales: BlockScales, _ factors: (scale: Float, minimum: Float)
  ) -> BlockScales {
    var result = scales
    result.scale = SmallFloat.half.rounded(scales.scale * factors.scale)
    result.minimum = SmallFloat.half.rounded(scales.minimum * factors.minimum)
    let scaleRatio = scales.scale / result.scale
    let minimumRatio = scales.minimum / result.minimum
    for part in 0..<grid.partCount {
      result.scaleCodes[part] = nearest(scaleRatio * scales.scaleCodes[part], grid.scaleCodes)
      result.minimumCodes[part] = nearest(
        minimumRatio * scales.minimumCodes[part], grid.minimumCodes)
    }
    return result
  }

  private func elements(of part: Int) -> Range<Int> {
    part * grid.partElementCount..<(part + 1) * grid.partElementCount
  }

  private func error(of part: Int, _ line: Line) -> Float {
    var sum: Float = 0
    for index in elements(of: part) {
      let product = line.scale * code(of: values[index], line)
      let difference = product - line.minimum - values[index]
      let weighted = weights[index] * (difference * difference)
      sum += weighted
    }
    return sum
  }

  private func code(of value: Float, _ line: Line) -> Float {
    nearest((value + line.minimum) * line.inverse, grid.codes)
  }

  /// `number` within `range`, NaN as its lower bound, rounded to nearest, ties to even.
  private func nearest(_ number: Float, _ range: ClosedRange<Int>) -> Float {
    (clamped(number, range) + 12_582_912) - 12_582_912
  }

  private func clamped(_ number: Float, _ range: ClosedRange<Int>) -> Float {
    let (lowest, highest) = (Float(range.lowerBound), Float(range.upperBound))
    let raised = number > lowest ? number : lowest
    return raised < highest ? raised : highest
  }
}

/// What decoding makes of the scales for one sub-block.
private struct Line {
  let scale: Float
  let minimum: Float
  /// 0 if the scale is.
  let inverse: Float

  init(_ scales: BlockScales, _ part: Int) {
    scale = scales.scale * scales.scaleCodes[part]
    minimum = scales.minimum * scales.minimumCodes[part]
    inverse = scale == 0 ? 0 : 1 / scale
  }
}
