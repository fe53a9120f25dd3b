/// 256 values: an F16 scale d, 32 bytes of indices, and a little-endian word for each 32 values.
///
/// An index of eleven bits stands for eight values of -1, 0 and 1 in a codebook. The word has the
/// upper three bits of four indices, a scale s of three bits, and the sign of the shift: 1/8, or -1/8
/// if bit 15 is set. A value is (d × (2s + 1)) × (element + shift), rounded after each product. Any
/// bits are a block; a d that is NaN makes all values the NaN 0x7FC00000. Ingot reads this type and
/// does not write it.
/// Source: `dequantize_row_iq1_s` in ggml `ggml-quants.c`.
public enum IQ1_S: Encoding {
  public static let name = "IQ1_S"
  public static let blockElementCount = 256
  public static let blockByteCount = 50
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    GroupWriter.with(.iq1) { writer in
      decodeSuperBlocks(blocks, values, scale: { $0.half(at: 0) }) { block, scale, values in
        for part in 0..<8 {
          let word = Int(block.word(at: 34 + 2 * part))
          let partScale = scale * Float(2 * (word >> 12 & 7) + 1)
          let shift: Float = word & 0x8000 == 0 ? 0.125 : -0.125
          for group in 0..<4 {
            let upperBits = word >> (3 * group) & 7
            writer.write(
              entry: Int(block[2 + 4 * part + group]) | upperBits << 8, shiftedBy: shift,
              scale: partScale, to: values + 32 * part + 8 * group)
          }
        }
      }
    }
  }
}
