/// `value` rounded to the nearest integer, ties to even, the way the reference rounds: exact for
/// magnitudes up to 2^22.
///
/// 1.5 × 2^23 is added and the lower mantissa bits are read off, so nothing traps. Beyond 2^22 the
/// result is what those bits say, between -2^22 and 2^22 - 1; it is 0 for the NaN that arithmetic
/// makes and -2^22 for an infinity. Encoders clamp it.
/// Source: `nearest_int` in ggml `ggml-quants.c`.
@inline(__always)
func nearestInteger(_ value: Float) -> Int32 {
  Int32((value + 12_582_912).bitPattern & 0x7F_FFFF) - 0x40_0000
}
