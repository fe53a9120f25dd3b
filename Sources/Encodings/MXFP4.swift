internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 32 values: an E8M0 exponent e, then 16 bytes of E2M1 codes as `Nibbles` packs them; a value is
/// 2^(e - 127) × 0, ±0.5, ±1, ±1.5, ±2, ±3, ±4 or ±6.
///
/// e = 125 + ⌊log₂ of the highest magnitude⌋, with the logarithm rounded to F32 first, as in the
/// reference: for a few floats just below a power of two this is one more. The code is the nearest,
/// halves toward zero, and never the zero with a sign. If all values are zero, e is 0.
///
/// Where e would be below 0 (highest magnitude below 2^-125), which the reference leaves to the
/// compiler, it is 0. A block with a NaN or an infinity gets e = 255 and the codes 0, and e = 255
/// decodes as the NaN 0x7FC00000, as the specification says; the reference decodes it as 2^128 and
/// rejects it when it validates a file.
/// Source: `quantize_row_mxfp4_ref` in ggml `ggml-quants.c`; OCP Microscaling Formats 1.0.
public enum MXFP4: WritableEncoding {
  public static let name = "MXFP4"
  public static let blockElementCount = 32
  public static let blockByteCount = 17
  public static let isQuantized = true
  public static let greatestMagnitude = Float.greatestFiniteMagnitude
  public static let overflowMagnitude = Float.infinity

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 32 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let scale = halfScale(source[0])
      let codes = Nibbles.codes(source, at: 1)
      for index in 0..<32 {
        values[block * 32 + index] = canonical(E2M1.doubled[Int(codes[index])] * scale)
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<values.count / 32 {
      let source = UnsafeBufferPointer(rebasing: values[block * 32..<(block + 1) * 32])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      target.initializeMemory(as: UInt8.self, repeating: 0)
      guard source.allSatisfy(\.isFinite) else {
        target[0] = 255
        continue
      }
      let highest = source.reduce(0) { max($0, $1.magnitude) }
      let exponent = highest > 0 ? max(0, 125 + floorOfRoundedLogarithm(highest)) : 0
      target[0] = UInt8(exponent)
      let scale = halfScale(target[0])
      Nibbles.store(source.map { nearestCode($0, scale) }, in: target, at: 1)
    }
  }

  /// 2^(e - 128): codes stand for doubled values.
  private static func halfScale(_ exponent: UInt8) -> Float {
    guard exponent < 255 else { return .nan }
    return Float(sign: .plus, exponent: Int(exponent) - 128, significand: 1)
  }

  /// The first code of those whose value is nearest.
  private static func nearestCode(_ value: Float, _ scale: Float) -> UInt8 {
    var (best, lowest) = (0, value.magnitude)
    for code in 1..<16 {
      let error = (E2M1.doubled[code] * scale - value).magnitude
      if error < lowest { (best, lowest) = (code, error) }
    }
    return UInt8(best)
  }

  /// ⌊log₂ `value` rounded to F32⌋ for a finite value above 0.
  private static func floorOfRoundedLogarithm(_ value: Float) -> Int {
    guard value.isNormal else { return Int(value.exponent) }
    // The floats just below 2^next are 2^-24 apart, relatively, and their logarithms 2^-24 / ln 2.
    // These round up if the distance to `next` is under half the distance of F32s there.
    let next = Int(value.exponent) + 1
    let neighbour = next > 0 ? next - 1 : -next
    guard neighbour > 0 else { return next - 1 }
    let power = 1 << (Int.bitWidth - 1 - neighbour.leadingZeroBitCount)
    let stepsBelow = (1 << 23) - Int(value.significandBitPattern)
    return stepsBelow <= Int(Float(power) * 0.6931472) ? next : next - 1
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.MXFP4.decode, encode: EncodingKernelsBaseline.MXFP4.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.MXFP4.decode, encode: EncodingKernelsV3.MXFP4.encode)
    }
  }
}
