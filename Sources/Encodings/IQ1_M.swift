/// 256 values: 32 bytes of indices, 16 bytes with four bits for each index, and four little-endian
/// words of scales.
///
/// The upper four bits of the words make the F16 scale d, those of the first word the lowest. Each
/// word has four scales s of three bits below them, for 16 values each. An index of eleven bits stands
/// for eight values of -1, 0 and 1 in a codebook; its four bits are the upper three of the index and
/// the sign of the shift: 1/8, or -1/8 if it is set. A value is (d × (2s + 1)) × (element + shift),
/// rounded after each product. Any bits are a block; a d that is NaN makes all values the NaN
/// 0x7FC00000. Ingot reads this type and does not write it.
/// Source: `dequantize_row_iq1_m` in ggml `ggml-quants.c`.
public enum IQ1_M: Encoding {
  public static let name = "IQ1_M"
  public static let blockElementCount = 256
  public static let blockByteCount = 56
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    GroupWriter.with(.iq1) { writer in
      decodeSuperBlocks(blocks, values, scale: superScale) { block, scale, values in
        for group in 0..<32 {
          let scales = Int(block.word(at: 48 + group / 8 * 2))
          let code = scales >> (group % 8 / 2 * 3) & 7
          let bits = Int(block[32 + group / 2]) >> (group % 2 * 4)
          writer.write(
            entry: Int(block[group]) | (bits & 7) << 8,
            shiftedBy: bits & 8 == 0 ? 0.125 : -0.125, scale: scale * Float(2 * code + 1),
            to: values + 8 * group)
        }
      }
    }
  }

  private static func superScale(_ block: UnsafeRawBufferPointer) -> Float {
    let bits = (0..<4).reduce(0 as UInt32) { bits, index in
      bits | (block.word(at: 48 + 2 * index) >> 12) << UInt32(4 * index)
    }
    return SmallFloat.half.value(bits)
  }
}
