/// Eight scales and eight minimums of 6 bits in twelve bytes, as Q4_K and Q5_K have them.
///
/// Bytes 0...3 hold the scales 0...3 in their lower six bits, bytes 4...7 the minimums 0...3; bytes
/// 8...11 hold the lower four bits of the scales 4...7, and above these those of the minimums; the
/// upper two bits of these scales and minimums are the upper two of the bytes 0...3 and 4...7.
/// Source: `get_scale_min_k4` in ggml `ggml-quants.c`.
enum PackedScales {
  /// Scale and minimum of sub-block `index`, each 0...63; the twelve bytes are at `offset`.
  static func codes(
    _ block: UnsafeRawBufferPointer, at offset: Int, _ index: Int
  ) -> (scale: UInt8, minimum: UInt8) {
    guard index >= 4 else {
      return (block[offset + index] & 63, block[offset + index + 4] & 63)
    }
    let lower = block[offset + index + 4]
    let scale = lower & 15 | (block[offset + index - 4] & 0xC0) >> 2
    let minimum = lower >> 4 | (block[offset + index] & 0xC0) >> 2
    return (scale, minimum)
  }

  /// Writes eight of each. Codes above 63 overlap others just as in the reference, which lets them
  /// through after a search that went astray.
  static func store(
    scales: [UInt8], minimums: [UInt8], in block: UnsafeMutableRawBufferPointer, at offset: Int
  ) {
    for index in 0..<4 {
      let (scale, minimum) = (scales[index + 4], minimums[index + 4])
      block[offset + index] = scales[index] | (scale & 0x30) << 2
      block[offset + index + 4] = minimums[index] | (minimum & 0x30) << 2
      block[offset + index + 8] = scale & 15 | (minimum & 15) << 4
    }
  }
}
