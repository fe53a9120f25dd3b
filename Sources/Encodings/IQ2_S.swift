/// 256 values: an F16 scale d, 32 bytes of indices, 32 bytes of signs, eight bytes with the upper
/// bits of the indices, and eight bytes of scales.
///
/// Index and signs number i stand for eight values; the index has ten bits, the upper two at bit 2 ×
/// (i mod 4) of byte i / 4, into a codebook of eight magnitudes. A byte of scales has s for the first
/// 16 of 32 values in its lower half and for the others in its upper half. A value is ± magnitude ×
/// (d × (0.5 + s) / 4), rounded after each product. Any bits are a block; a d that is NaN makes all
/// values the NaN 0x7FC00000. Ingot reads this type and does not write it.
/// Source: `dequantize_row_iq2_s` in ggml `ggml-quants.c`.
public enum IQ2_S: Encoding {
  public static let name = "IQ2_S"
  public static let blockElementCount = 256
  public static let blockByteCount = 82
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    GroupWriter.with(.iq2S) { writer in
      decodeSuperBlocks(blocks, values, scale: { $0.half(at: 0) }) { block, scale, values in
        for group in 0..<32 {
          let (part, place) = (group / 4, group % 4)
          let upperBits = block[66 + part] >> UInt8(2 * place) & 3
          let scales = block[74 + part]
          let code = place < 2 ? scales & 15 : scales >> 4
          writer.write(
            entry: Int(block[2 + group]) | Int(upperBits) << 8, signs: Int(block[34 + group]),
            scale: scale * (0.5 + Float(code)) * 0.25, to: values + 8 * group)
        }
      }
    }
  }
}
