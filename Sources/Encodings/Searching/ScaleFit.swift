/// The two scales of a block that fit given codes best: those of least Σ weight × (value - scale × s
/// × q + minimum × t)², by the normal equations in F64.
struct ScaleFit {
  // Sums of weight × the products of a = s × q, b = -t and the value.
  private var aa = 0.0
  private var ab = 0.0
  private var bb = 0.0
  private var ax = 0.0
  private var bx = 0.0

  /// Sums over one sub-block in F32.
  struct Sums {
    fileprivate var weight: Float = 0
    fileprivate var value: Float = 0
    fileprivate var code: Float = 0
    fileprivate var square: Float = 0
    fileprivate var product: Float = 0

    /// Adds one element.
    mutating func add(_ number: Float, code newCode: Float, weight newWeight: Float) {
      let weighted = newWeight * newCode
      let weightedValue = newWeight * number
      let weightedSquare = weighted * newCode
      let weightedProduct = weighted * number
      weight += newWeight
      value += weightedValue
      code += weighted
      square += weightedSquare
      product += weightedProduct
    }
  }

  /// Adds one sub-block.
  mutating func add(_ sums: Sums, scaleCode: Float, minimumCode: Float) {
    let (s, t) = (Double(scaleCode), -Double(minimumCode))
    aa += s * s * Double(sums.square)
    ab += s * t * Double(sums.code)
    bb += t * t * Double(sums.weight)
    ax += s * Double(sums.product)
    bx += t * Double(sums.value)
  }

  /// The scales, rounded to F16. A minimum that would fall below 0 is 0, unless `isMinimumSigned`;
  /// where the codes leave it open, it stays as it is. The scale is NaN if all codes are 0.
  func scales(_ minimum: Float, isMinimumSigned: Bool) -> (scale: Float, minimum: Float) {
    let determinant = aa * bb - ab * ab
    var minimum = Double(minimum)
    var scale = (ax - ab * minimum) / aa
    if determinant > 1e-9 * (aa * bb) {
      minimum = (aa * bx - ab * ax) / determinant
      scale = (bb * ax - ab * bx) / determinant
      if minimum < 0, !isMinimumSigned {
        minimum = 0
        scale = ax / aa
      }
    }
    return (SmallFloat.half.rounded(Float(scale)), SmallFloat.half.rounded(Float(minimum)))
  }
}

extension SmallFloat {
  /// `value` as it is after it was stored.
  func rounded(_ value: Float) -> Float { self.value(bits(value)) }
}
