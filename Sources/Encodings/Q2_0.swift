internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 64 values: an F16 scale d, then 16 bytes of four 2-bit codes q, of neighbours, the first one
/// lowest; a value is (q - 1) × d.
///
/// d = highest magnitude; q = value × (1 / d), halves away from zero, plus 1; so 3 is never written.
/// If d is 0, q is 1; if 1 / d overflows (d below 2.9e-39), q is 0. A block with a NaN or an infinity
/// gets the scale NaN (0x7E00) and the codes 0, so that all of it decodes as NaN. A scale above the
/// range of F16 is stored as infinity, as in the reference. Every NaN that decoding makes is
/// 0x7FC00000.
/// Source: `quantize_row_q2_0_ref` in ggml `ggml-quants.c`.
public enum Q2_0: WritableEncoding {
  public static let name = "Q2_0"
  public static let blockElementCount = 64
  public static let blockByteCount = 18
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 65504
  public static let overflowMagnitude: Float = 65520

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 64 {
      let offset = block * blockByteCount
      let scale = blocks.half(at: offset)
      for element in 0..<64 {
        let code = Int(blocks[offset + 2 + element / 4] >> UInt8(element % 4 * 2) & 3)
        values[block * 64 + element] = canonical(Float(code - 1) * scale)
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 64 {
      let source = UnsafeBufferPointer(rebasing: values[block * 64..<(block + 1) * 64])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      guard let (scale, inverse) = TernaryCodes.scale(source) else {
        target.storeInvalidBlock(scaleCount: 1)
        continue
      }
      target.initializeMemory(as: UInt8.self, repeating: 0)
      target.storeHalf(scale, at: 0)
      if inverse == 0 && scale != 0 { continue }
      for element in 0..<64 {
        let code = UInt8(TernaryCodes.code(source[element], inverse))
        target[2 + element / 4] |= code << UInt8(element % 4 * 2)
      }
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q2_0.decode, encode: EncodingKernelsBaseline.Q2_0.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.Q2_0.decode, encode: EncodingKernelsV3.Q2_0.encode)
    }
  }
}
