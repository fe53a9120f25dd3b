import Encodings
import Testing

/// Conversions between F32 and the floats of 16 and 8 bits.
@Suite struct SmallFloatTests {
  @Test func everyF16Decodes() {
    let patterns = (0...UInt16.max).map { $0 }
    let decoded = decode(patterns.flatMap(littleEndian), as: F16.self)
    let wrong = patterns.filter {
      let expected = Float(Float16(bitPattern: $0))
      let value = decoded[Int($0)]
      if expected.isNaN { return quietNaN($0) != value.bitPattern }
      return value.bitPattern != expected.bitPattern
    }
    #expect(wrong == [])
  }

  @Test func everyFiniteF16SurvivesARoundTrip() {
    let patterns = (0...UInt16.max).filter { Float16(bitPattern: $0).isFinite }
    let blocks = patterns.flatMap(littleEndian)
    #expect(encode(decode(blocks, as: F16.self), as: F16.self) == blocks)
  }

  @Test(arguments: [0 as UInt32, 0xFFF, 0x1000, 0x1001])
  func everyF16TieAndItsNeighboursEncode(low: UInt32) {
    // All upper 19 bits, with the 13 that go at zero, just below, at and just above half way.
    let values = (0..<UInt32(1) << 19).map { Float(bitPattern: $0 << 13 | low) }
      .filter { !$0.isNaN }
    let expected = values.flatMap { littleEndian(Float16($0).bitPattern) }
    for level in levels {
      #expect(encode(values, as: F16.self, level: level) == expected, "at \(level)")
    }
  }

  /// All 16-bit patterns, and with them all 8-bit ones, at every level and in the plain loop.
  @Test(arguments: ["F16", "BF16", "F8_E4M3", "F8_E5M2"])
  func everyPatternDecodesAlike(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let blocks = (0...UInt16.max).flatMap(littleEndian)
    let expected = bits(decodePlain(blocks, as: encoding))
    for level in levels {
      #expect(bits(decode(blocks, as: encoding, level: level)) == expected, "at \(level)")
    }
  }

  @Test(arguments: [
    (0x7FC0_0000 as UInt32, 0x7E00 as UInt16), (0xFFC0_0000, 0xFE00), (0x7F80_0001, 0x7E00),
    (0x7FA0_0000, 0x7F00), (0xFFFF_FFFF, 0xFFFF),
  ])
  func nanEncodesAsQuietF16(from: UInt32, to: UInt16) {
    let values = [Float](repeating: Float(bitPattern: from), count: 33)
    for level in levels {
      #expect(
        encode(values, as: F16.self, level: level) == (0..<33).flatMap { _ in littleEndian(to) })
    }
  }

  @Test func everyBF16Decodes() {
    let patterns = (0...UInt16.max).map { $0 }
    let decoded = decode(patterns.flatMap(littleEndian), as: BF16.self)
    #expect(bits(decoded) == patterns.map { UInt32($0) << 16 })
  }

  @Test(arguments: [
    (0x3F80_8000 as UInt32, 0x3F80 as UInt16), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81),
    (0x7F7F_7FFF, 0x7F7F), (0x7F7F_8000, 0x7F80), (0x7F80_0001, 0x7FC0), (0xFFFF_FFFF, 0xFFFF),
    (0x0000_8000, 0x0000), (0x0001_8000, 0x0002),
  ])
  func bf16RoundsToEven(from: UInt32, to: UInt16) {
    #expect(encode([Float(bitPattern: from)], as: BF16.self) == littleEndian(to))
  }

  @Test func everyF8E4M3Decodes() {
    let decoded = decode((0...255).map { UInt8($0) }, as: F8_E4M3.self)
    for bits in 0..<127 {
      let mantissa = Float(bits % 8) / 8
      let expected =
        bits < 8
        ? mantissa * 0x1p-6
        : (1 + mantissa) * Float(sign: .plus, exponent: bits / 8 - 7, significand: 1)
      #expect(decoded[bits].bitPattern == expected.bitPattern)
      #expect(decoded[bits + 128].bitPattern == (-expected).bitPattern)
    }
    #expect(decoded[0x7F].isNaN && decoded[0xFF].isNaN)
  }

  @Test(arguments: [
    (448 as Float, 0x7E as UInt8), (464, 0x7E), (464.00003, 0x7E), (-1e9, 0xFE), (.infinity, 0x7E),
    (.nan, 0x7F), (-0.0, 0x80), (0x1p-9, 0x01), (0x1p-10, 0x00), (0x1.8p-9, 0x02), (1.0625, 0x38),
    (1.1875, 0x3A), (0x1.Ep-7, 0x08), (0x1.Fp-7, 0x08),
  ])
  func f8E4M3RoundsToEvenAndSaturates(value: Float, bits: UInt8) {
    #expect(encode([value], as: F8_E4M3.self) == [bits])
  }

  @Test(arguments: [
    (57344 as Float, 0x7B as UInt8), (61439, 0x7B), (61440, 0x7C), (-.infinity, 0xFC),
    (.nan, 0x7E), (0x1p-16, 0x01), (0x1p-17, 0x00), (0x1.8p-16, 0x02), (1.125, 0x3C),
    (1.375, 0x3E),
    // In two steps over F16 this would round down to the tie and then to even.
    (1.1250001, 0x3D),
  ])
  func f8E5M2RoundsToEvenOnce(value: Float, bits: UInt8) {
    #expect(encode([value], as: F8_E5M2.self) == [bits])
  }

  @Test func everyF8SurvivesARoundTrip() {
    let patterns = (0...255).map { UInt8($0) }
    let e5m2 = patterns.filter { $0 & 0x7F <= 0x7C }
    #expect(encode(decode(patterns, as: F8_E4M3.self), as: F8_E4M3.self) == patterns)
    #expect(encode(decode(e5m2, as: F8_E5M2.self), as: F8_E5M2.self) == e5m2)
  }

  @Test func f64RoundsToF32() {
    let doubles: [Double] = [1, 1 + 0x1p-24, 1 + 0x1.8p-23, 1e300, -1e-300, 0x1p-149, .infinity]
    let blocks = doubles.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
    }
    let expected: [Float] = [1, 1, 1 + 0x1p-22, .infinity, -0.0, 0x1p-149, .infinity]
    #expect(bits(decode(blocks, as: F64.self)) == bits(expected))
  }

  @Test func f32KeepsEveryBit() {
    let values = Samples.anyBits(100)
    #expect(bits(decode(encode(values, as: F32.self), as: F32.self)) == bits(values))
  }

  private func littleEndian(_ bits: UInt16) -> [UInt8] {
    [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
  }

  /// A NaN keeps its sign and payload and becomes quiet.
  private func quietNaN(_ bits: UInt16) -> UInt32 {
    UInt32(bits & 0x8000) << 16 | 0x7FC0_0000 | UInt32(bits & 0x3FF) << 13
  }
}
