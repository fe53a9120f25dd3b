internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 256 values: 48 bytes of five trits, 4 bytes of four trits, then an F16 scale d; a value is
/// (t - 1) × d.
///
/// The trits of byte m < 32 are those of the values m + 32n, of byte 32 + m of the values 160 + m +
/// 16n, with n from 0 to 4, and of byte 48 + m of the values 240 + m + 4n, with n from 0 to 3 and a
/// 0 at the end. A byte is ⌈256 / 243 × the number with these digits, the first one highest⌉.
///
/// d = highest magnitude; t = value × (1 / d), halves away from zero, plus 1. If 1 / d is not
/// finite (d is 0 or below 2.9e-39), t is 1. A block with a NaN or an infinity gets the scale NaN
/// (0x7E00) and the bytes 0, so that all of it decodes as NaN. A scale above the range of F16 is
/// stored as infinity, as in the reference. Every NaN that decoding makes is 0x7FC00000.
/// Source: `quantize_row_tq1_0_ref` in ggml `ggml-quants.c`; `TQ1_0` in gguf-py `quants.py`.
public enum TQ1_0: WritableEncoding {
  public static let name = "TQ1_0"
  public static let blockElementCount = 256
  public static let blockByteCount = 54
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 65504
  public static let overflowMagnitude: Float = 65520

  /// Bytes of one kind: where the first one is, how many there are, where its values begin, and how
  /// many trits a byte has; they are `byteCount` values apart.
  private static let parts: [(offset: Int, byteCount: Int, firstElement: Int, tritCount: Int)] = [
    (0, 32, 0, 5), (32, 16, 160, 5), (48, 4, 240, 4),
  ]

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let offset = block * blockByteCount
      let scale = blocks.half(at: offset + 52)
      for part in parts {
        for index in 0..<part.byteCount {
          var byte = blocks[offset + part.offset + index]
          for trit in 0..<part.tritCount {
            // Three times the byte carries the next trit above it.
            let code = Float((UInt16(byte) * 3) >> 8)
            byte = byte &* 3
            let element = part.firstElement + index + part.byteCount * trit
            values[block * 256 + element] = canonical((code - 1) * scale)
          }
        }
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
        target.storeHalf(.nan, at: 52)
        continue
      }
      target.storeHalf(scale, at: 52)
      for part in parts {
        for index in 0..<part.byteCount {
          var number = 0
          for trit in 0..<5 {
            let element = part.firstElement + index + part.byteCount * trit
            let code =
              trit < part.tritCount ? TernaryCodes.code(source[element], inverse) : 0
            number = number * 3 + code
          }
          target[part.offset + index] = UInt8((number * 256 + 242) / 243)
        }
      }
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.TQ1_0.decode, encode: EncodingKernelsBaseline.TQ1_0.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.TQ1_0.decode, encode: EncodingKernelsV3.TQ1_0.encode)
    }
  }
}
