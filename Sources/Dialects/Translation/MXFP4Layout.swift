/// The two orders of the 32 codes of an MXFP4 block.
///
/// gpt-oss puts elements 2i and 2i + 1 in the low and the high nibble of byte i; ggml puts i and
/// i + 16 there. Source: `repack_mxfp4` in llama.cpp's `conversion/gpt_oss.py`.
enum MXFP4Layout {
  /// Codes of gpt-oss in ggml's order; both are 16 bytes.
  static func pack(_ codes: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer?) {
    guard let target else { return }
    for index in 0..<16 {
      // Element `index` is in byte index / 2, element `index + 16` eight bytes behind.
      let shift = UInt8(index % 2 * 4)
      let low = codes[index / 2] >> shift & 15
      let high = codes[index / 2 + 8] >> shift & 15
      target.storeBytes(of: low | high << 4, toByteOffset: index, as: UInt8.self)
    }
  }

  /// Codes of ggml in the order of gpt-oss; both are 16 bytes.
  static func unpack(_ block: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer?) {
    guard let target else { return }
    for index in 0..<16 {
      let from = 2 * (index % 8)
      let shift: UInt8 = index < 8 ? 0 : 4
      let low = block[from] >> shift & 15
      let high = block[from + 1] >> shift & 15
      target.storeBytes(of: low | high << 4, toByteOffset: index, as: UInt8.self)
    }
  }
}
