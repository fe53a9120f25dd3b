/// 256 values: an F16 scale d, then for each 32 of them eight bytes: four indices into a codebook of
/// eight magnitudes, and a little-endian word of four times 7 bits of signs and 4 bits of scale s.
///
/// A value is ± magnitude × (d × (0.5 + s) / 4), rounded after each product. The eighth sign of a
/// group makes the number of minus signs even. Any bits are a block; a d that is NaN makes all values
/// the NaN 0x7FC00000. Ingot reads this type and does not write it.
/// Source: `dequantize_row_iq2_xxs` in ggml `ggml-quants.c`.
public enum IQ2_XXS: Encoding {
  public static let name = "IQ2_XXS"
  public static let blockElementCount = 256
  public static let blockByteCount = 66
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    GroupWriter.with(.iq2XXS) { writer in
      decodeSuperBlocks(blocks, values, scale: { $0.half(at: 0) }) { block, scale, values in
        for part in 0..<8 {
          let offset = 2 + 8 * part
          let word = block.word(at: offset + 4) | block.word(at: offset + 6) << 16
          let partScale = scale * (0.5 + Float(word >> 28)) * 0.25
          for group in 0..<4 {
            writer.write(
              entry: Int(block[offset + group]),
              signs: GroupSigns.byte(word >> UInt32(7 * group) & 127), scale: partScale,
              to: values + 32 * part + 8 * group)
          }
        }
      }
    }
  }
}
