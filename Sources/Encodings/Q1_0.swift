internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 128 values: an F16 scale d, then 128 bits, the first one lowest; a value is d where the bit is
/// set and -d elsewhere.
///
/// d = the mean magnitude, added up one after the other in F32; the bit is set for values of 0 and
/// above, a zero with a minus sign included. A block with a NaN or an infinity gets the scale NaN
/// (0x7E00) and the bits 0, so that all of it decodes as NaN. A mean above the range of F16 is
/// stored as infinity, as in the reference. Every NaN that decoding makes is 0x7FC00000.
/// Source: `quantize_row_q1_0_ref` in ggml `ggml-quants.c`.
public enum Q1_0: WritableEncoding {
  public static let name = "Q1_0"
  public static let blockElementCount = 128
  public static let blockByteCount = 18
  public static let isQuantized = true
  public static let greatestMagnitude: Float = 65504
  // Half a step of F16 above 65504, less what 128 additions can round up.
  public static let overflowMagnitude: Float = 65519

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 128 {
      let offset = block * blockByteCount
      let scale = blocks.half(at: offset)
      for element in 0..<128 {
        let bit = blocks[offset + 2 + element / 8] >> UInt8(element % 8) & 1
        values[block * 128 + element] = canonical(bit == 1 ? scale : -scale)
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 128 {
      let source = UnsafeBufferPointer(rebasing: values[block * 128..<(block + 1) * 128])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      guard source.allSatisfy(\.isFinite) else {
        target.storeInvalidBlock(scaleCount: 1)
        continue
      }
      target.initializeMemory(as: UInt8.self, repeating: 0)
      target.storeHalf(source.reduce(0) { $0 + $1.magnitude } / 128, at: 0)
      for element in 0..<128 where source[element] >= 0 {
        target[2 + element / 8] |= 1 << UInt8(element % 8)
      }
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q1_0.decode, encode: EncodingKernelsBaseline.Q1_0.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.Q1_0.decode, encode: EncodingKernelsV3.Q1_0.encode)
    }
  }
}
