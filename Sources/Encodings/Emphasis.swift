/// What an importance matrix and the values say together: weight × √(`meanSquare` + value²).
///
/// So of columns that matter alike the greater values count more, but a small one is not nothing.
/// Source: the `weight` arrays of the `_impl` functions in ggml `ggml-quants.c`.
func emphasized(
  _ weights: some Collection<Float>, by values: some Collection<Float>, meanSquare: Float
) -> [Float] {
  zip(weights, values).map { weight, value in
    weight * (meanSquare + value * value).squareRoot()
  }
}
