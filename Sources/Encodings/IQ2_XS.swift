/// 256 values: an F16 scale d, 32 little-endian words, and eight bytes of scales.
///
/// A word stands for eight values: nine bits of index into a codebook of eight magnitudes, seven
/// bits of signs. A byte of scales has s for the first 16 of 32 values in its lower half and for the
/// others in its upper half. A value is ± magnitude × (d × (0.5 + s) / 4), rounded after each
/// product. The eighth sign of a group makes the number of minus signs even. Any bits are a block; a
/// d that is NaN makes all values the NaN 0x7FC00000. Ingot reads this type and does not write it.
/// Source: `dequantize_row_iq2_xs` in ggml `ggml-quants.c`.
public enum IQ2_XS: Encoding {
  public static let name = "IQ2_XS"
  public static let blockElementCount = 256
  public static let blockByteCount = 74
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    GroupWriter.with(.iq2XS) { writer in
      decodeSuperBlocks(blocks, values, scale: { $0.half(at: 0) }) { block, scale, values in
        for group in 0..<32 {
          let word = block.word(at: 2 + 2 * group)
          let scales = block[66 + group / 4]
          let code = group % 4 < 2 ? scales & 15 : scales >> 4
          writer.write(
            entry: Int(word & 511), signs: GroupSigns.byte(word >> 9),
            scale: scale * (0.5 + Float(code)) * 0.25, to: values + 8 * group)
        }
      }
    }
  }
}
