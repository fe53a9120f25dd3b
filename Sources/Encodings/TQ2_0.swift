internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 256 values: 64 bytes of four 2-bit codes q, then an F16 scale d; a value is (q - 1) × d.
///
/// Byte m of the first 32 has the codes of the values m, m + 32, m + 64 and m + 96, the first one
/// lowest, and byte 32 + m likewise of the values from 128 on.
///
/// d = highest magnitude; q = value × (1 / d), halves away from zero, plus 1; 3 is never written. If
/// 1 / d is not finite (d is 0 or below 2.9e-39), q is 1. A block with a NaN or an infinity gets the
/// scale NaN (0x7E00) and the bytes 0, so that all of it decodes as NaN. A scale above the range of
/// F16 is stored as infinity, as in the reference. Every NaN that decoding makes is 0x7FC00000.
/// Source: `quantize_row_tq2_0_ref` in ggml `ggml-quants.c`; `TQ2_0` in gguf-py `quants.py`.
public enum TQ2_0: WritableEncoding {
  public static let name = "TQ2_0"
  public static let blockElementCount = 256
  public static let blockByteCount = 66
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 65504
  public static let overflowMagnitude: Float = 65520

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let offset = block * blockByteCount
      let scale = blocks.half(at: offset + 64)
      for element in 0..<256 {
        let (byte, shift) = place(element)
        let code = Int(blocks[offset + byte] >> shift & 3)
        values[block * 256 + element] = canonical(Float(code - 1) * scale)
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      target.initializeMemory(as: UInt8.self, repeating: 0)
      guard let (scale, inverse) = TernaryCodes.scale(source) else {
        target.storeHalf(.nan, at: 64)
        continue
      }
      target.storeHalf(scale, at: 64)
      for element in 0..<256 {
        let (byte, shift) = place(element)
        target[byte] |= UInt8(TernaryCodes.code(source[element], inverse)) << shift
      }
    }
  }

  private static func place(_ element: Int) -> (byte: Int, shift: UInt8) {
    (element / 128 * 32 + element % 32, UInt8(element % 128 / 32 * 2))
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.TQ2_0.decode, encode: EncodingKernelsBaseline.TQ2_0.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.TQ2_0.decode, encode: EncodingKernelsV3.TQ2_0.encode)
    }
  }
}
