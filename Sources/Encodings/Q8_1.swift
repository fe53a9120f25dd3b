/// 32 values: an F16 scale d, an F16 that only dot products use (d times the sum of the codes), then
/// 32 signed bytes q; a value is q × d.
///
/// llama.cpp makes such blocks of activations; a file seldom has them, and Ingot only reads them.
/// Every NaN that decoding makes is 0x7FC00000.
/// Source: `block_q8_1` in ggml `ggml-common.h`; `quantize_row_q8_1_ref` in ggml `ggml-quants.c`.
public enum Q8_1: Encoding {
  public static let name = "Q8_1"
  public static let blockElementCount = 32
  public static let blockByteCount = 36
  public static let isQuantized = true

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 32 {
      let offset = block * blockByteCount
      let scale = blocks.half(at: offset)
      for index in 0..<32 {
        let code = Int8(bitPattern: blocks[offset + 4 + index])
        values[block * 32 + index] = canonical(Float(code) * scale)
      }
    }
  }
}
