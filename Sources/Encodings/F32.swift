/// IEEE 754 binary32: every value as it is, NaN payloads included.
public enum F32: WritableEncoding {
  public static let name = "F32"
  public static let blockElementCount = 1
  public static let blockByteCount = 4
  public static let isQuantized = false
  public static let greatestMagnitude = Float.greatestFiniteMagnitude
  public static let overflowMagnitude = Float.infinity

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    UnsafeMutableRawBufferPointer(values).copyMemory(from: blocks)
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    blocks.copyMemory(from: UnsafeRawBufferPointer(values))
  }
}
