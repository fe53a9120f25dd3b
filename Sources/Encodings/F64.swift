/// IEEE 754 binary64.
///
/// Decoding rounds to F32, to nearest, ties to even: it is the one decoder that loses bits. A
/// magnitude above the range of F32 becomes infinity, and a NaN becomes quiet and keeps its sign and
/// the upper bits of its payload. Encoding is exact, but for quieting NaNs.
public enum F64: WritableEncoding {
  public static let name = "F64"
  public static let blockElementCount = 1
  public static let blockByteCount = 8
  public static let isQuantized = false
  public static let greatestMagnitude = Float.greatestFiniteMagnitude
  public static let overflowMagnitude = Float.infinity

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for index in values.indices {
      let bits = blocks.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
      values[index] = Float(Double(bitPattern: UInt64(littleEndian: bits)))
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for index in values.indices {
      let bits = Double(values[index]).bitPattern
      blocks.storeBytes(of: bits.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
    }
  }
}
