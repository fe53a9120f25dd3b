/// A float of up to 16 bits by its parameters: conversions by definition, one value at a time.
struct SmallFloat: Sendable {
  let mantissaBitCount: Int
  let exponentBias: Int
  /// The bits of the greatest finite value.
  let greatestFiniteBits: UInt32
  /// Whether overflow gives infinity; if not, it gives the greatest finite value, and the only
  /// NaN is all ones.
  let hasInfinity: Bool
  let signBit: UInt32

  static let half = SmallFloat(
    mantissaBitCount: 10, exponentBias: 15, greatestFiniteBits: 0x7BFF, hasInfinity: true,
    signBit: 0x8000)

  /// `value` rounded to nearest, ties to even. A NaN becomes quiet and keeps its sign and as much
  /// of its payload as fits.
  func bits(_ value: Float) -> UInt32 {
    let sign = value.sign == .minus ? signBit : 0
    if value.isNaN {
      guard hasInfinity else { return sign | 0x7F }
      let payload = (value.bitPattern & 0x7F_FFFF) >> UInt32(23 - mantissaBitCount)
      return sign | (greatestFiniteBits + 1) | 1 << UInt32(mantissaBitCount - 1) | payload
    }
    let overflow = sign | (hasInfinity ? greatestFiniteBits + 1 : greatestFiniteBits)
    if value.isInfinite { return overflow }
    if value == 0 { return sign }
    let exponent = max(Int(value.exponent), 1 - exponentBias)
    let unit = Double(sign: .plus, exponent: exponent - mantissaBitCount, significand: 1)
    // The significand in units of the last place is below 2^52 and so rounded by an addition.
    let significand = (Double(value.magnitude) / unit + 0x1p52) - 0x1p52
    // The implicit bit carries into the exponent, and so does a significand that was rounded up.
    let exponentField = UInt32(exponent + exponentBias - 1)
    let magnitude = (exponentField << UInt32(mantissaBitCount)) + UInt32(significand)
    return magnitude > greatestFiniteBits ? overflow : sign | magnitude
  }

  /// The value of `bits`, exactly. A NaN becomes quiet and keeps its sign and payload.
  func value(_ bits: UInt32) -> Float {
    let magnitude = bits & (signBit - 1)
    let mantissa = magnitude & ((1 << UInt32(mantissaBitCount)) - 1)
    let sign: UInt32 = bits & signBit == 0 ? 0 : 0x8000_0000
    if magnitude > greatestFiniteBits {
      guard hasInfinity else { return Float(bitPattern: sign | 0x7FC0_0000) }
      if mantissa == 0 { return Float(bitPattern: sign | 0x7F80_0000) }
      let payload = mantissa << UInt32(23 - mantissaBitCount)
      return Float(bitPattern: sign | 0x7FC0_0000 | payload)
    }
    let exponentField = Int(magnitude >> UInt32(mantissaBitCount))
    let significand = exponentField == 0 ? mantissa : mantissa + (1 << UInt32(mantissaBitCount))
    let unit = Double(
      sign: .plus, exponent: max(exponentField, 1) - exponentBias - mantissaBitCount,
      significand: 1)
    let value = Float(Double(significand) * unit)
    return sign == 0 ? value : -value
  }
}

extension UnsafeRawBufferPointer {
  /// The F16 at `offset` as F32.
  func half(at offset: Int) -> Float {
    let bits = UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    return SmallFloat.half.value(UInt32(bits))
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Writes `value` at `offset` as F16.
  func storeHalf(_ value: Float, at offset: Int) {
    let bits = UInt16(truncatingIfNeeded: SmallFloat.half.bits(value))
    storeBytes(of: bits.littleEndian, toByteOffset: offset, as: UInt16.self)
  }
}
