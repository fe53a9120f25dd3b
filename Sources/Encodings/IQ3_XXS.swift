/// 256 values: an F16 scale d, 64 bytes of indices into a codebook of four magnitudes, then a
/// little-endian word for each 32 values: four times 7 bits of signs and 4 bits of scale s.
///
/// A value is ± magnitude × (d × (0.5 + s) / 2), rounded after each product. The eighth sign of a
/// group of eight makes the number of minus signs even. Any bits are a block; a d that is NaN makes
/// all values the NaN 0x7FC00000. Ingot reads this type and does not write it.
/// Source: `dequantize_row_iq3_xxs` in ggml `ggml-quants.c`.
public enum IQ3_XXS: Encoding {
  public static let name = "IQ3_XXS"
  public static let blockElementCount = 256
  public static let blockByteCount = 98
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    GroupWriter.with(.iq3XXS) { writer in
      decodeSuperBlocks(blocks, values, scale: { $0.half(at: 0) }) { block, scale, values in
        for part in 0..<8 {
          let word = block.word(at: 66 + 4 * part) | block.word(at: 68 + 4 * part) << 16
          let partScale = scale * (0.5 + Float(word >> 28)) * 0.5
          for group in 0..<4 {
            let offset = 2 + 8 * part + 2 * group
            writer.write(
              entries: (Int(block[offset]), Int(block[offset + 1])),
              signs: GroupSigns.byte(word >> UInt32(7 * group) & 127), scale: partScale,
              to: values + 32 * part + 8 * group)
          }
        }
      }
    }
  }
}
