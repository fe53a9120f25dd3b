/// 256 values: an F32 scale d, 256 signed bytes q, then 16 little-endian 16-bit sums of codes that
/// only dot products use; a value is d × q.
///
/// llama.cpp makes such blocks of activations; a file seldom has them, and Ingot only reads them.
/// Every NaN that decoding makes is 0x7FC00000.
/// Source: `dequantize_row_q8_K` in ggml `ggml-quants.c`.
public enum Q8_K: Encoding {
  public static let name = "Q8_K"
  public static let blockElementCount = 256
  public static let blockByteCount = 292
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let offset = block * blockByteCount
      let bits = blocks.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      let scale = Float(bitPattern: UInt32(littleEndian: bits))
      for index in 0..<256 {
        let code = Int8(bitPattern: blocks[offset + 4 + index])
        values[block * 256 + index] = canonical(scale * Float(code))
      }
    }
  }
}
