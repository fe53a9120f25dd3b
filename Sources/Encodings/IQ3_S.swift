/// 256 values: an F16 scale d, 64 bytes of indices, eight bytes with their ninth bits, 32 bytes of
/// signs, and four bytes of scales.
///
/// An index stands for four values in a codebook of four magnitudes; the ninth bit of index i is bit
/// i mod 8 of byte i / 8. A byte of signs is for eight values. Each half of a byte of scales, the
/// lower one first, is s for 32 values. A value is ± magnitude × (d × (1 + 2s)), rounded after each
/// product. Any bits are a block; a d that is NaN makes all values the NaN 0x7FC00000. Ingot reads
/// this type and does not write it.
/// Source: `dequantize_row_iq3_s` in ggml `ggml-quants.c`.
public enum IQ3_S: Encoding {
  public static let name = "IQ3_S"
  public static let blockElementCount = 256
  public static let blockByteCount = 110
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    GroupWriter.with(.iq3S) { writer in
      decodeSuperBlocks(blocks, values, scale: { $0.half(at: 0) }) { block, scale, values in
        for group in 0..<32 {
          let (part, place) = (group / 4, group % 4)
          let scales = block[106 + part / 2]
          let code = part % 2 == 0 ? scales & 15 : scales >> 4
          let ninthBits = Int(block[66 + part]) >> (2 * place)
          writer.write(
            entries: (
              Int(block[2 + 2 * group]) | (ninthBits & 1) << 8,
              Int(block[3 + 2 * group]) | (ninthBits & 2) << 7
            ), signs: Int(block[74 + group]), scale: scale * Float(1 + 2 * code),
            to: values + 8 * group)
        }
      }
    }
  }
}
