import Encodings
import Testing

/// What the types of ggml that came later define beside the bytes of the reference.
@Suite struct ReferenceTypeTests {
  @Test(
    arguments: ["TQ1_0", "TQ2_0", "Q2_0", "Q1_0", "MXFP4"], [Float.nan, .infinity, -.infinity])
  func aBlockThatIsNotFiniteDecodesAsNaNAndItsNeighboursDoNot(name: String, value: Float) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let count = encoding.blockElementCount
    var values = Samples.weights(3 * max(256, count))
    values[count + 7] = value
    let expected = values.indices.map { (count..<2 * count).contains($0) }
    #expect(decodePlain(encodePlain(values, as: encoding), as: encoding).map(\.isNaN) == expected)
    for level in levels {
      let decoded = decode(encode(values, as: encoding, level: level), as: encoding, level: level)
      #expect(decoded.map(\.isNaN) == expected)
      #expect(decoded.allSatisfy { !$0.isNaN || $0.bitPattern == 0x7FC0_0000 })
    }
  }

  @Test(arguments: ["IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S"])
  func scalesThatAreNotFiniteSpoilTheWholeBlock(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.encoding)
    for (upper, isNaN) in [(0x7C as UInt8, false), (0x7E, true), (0xFE, true)] {
      var block = [UInt8](repeating: 0, count: encoding.blockByteCount)
      if name == "IQ1_M" {
        // The F16 is spread over the upper halves of four words.
        block[53] = upper << 4
        block[55] = upper & 0xF0
      } else {
        block[1] = upper
      }
      let decoded = decode(block, as: encoding)
      #expect(decoded.allSatisfy { isNaN ? $0.bitPattern == 0x7FC0_0000 : $0.isInfinite })
    }
  }

  @Test func q8_1IgnoresTheSum() {
    let block = [0x00, 0x40, 0xFF, 0xFF, 1, 0xFF] + [UInt8](repeating: 0, count: 30)
    #expect(decode(block, as: Q8_1.self) == [2, -2] + [Float](repeating: 0, count: 30))
  }

  @Test func q8_KHasAnF32Scale() {
    var block = [0, 0, 0, 0x40, 3, 0x80] + [UInt8](repeating: 0, count: 286)
    #expect(decode(block, as: Q8_K.self) == [6, -256] + [Float](repeating: 0, count: 254))
    block[3] = 0x7F  // an infinity times 0 is NaN
    block[2] = 0x80
    #expect(decode(block, as: Q8_K.self)[2].bitPattern == 0x7FC0_0000)
  }

  @Test func mxfp4ExponentBelowZeroIsZero() {
    let values = [Float](repeating: 0x1p-128, count: 32)
    let block = [0] + [UInt8](repeating: 0x11, count: 16)
    #expect(encodePlain(values, as: MXFP4.self) == block)
    for level in levels { #expect(encode(values, as: MXFP4.self, level: level) == block) }
  }

  @Test func mxfp4Exponent255IsNaN() {
    let block = [255] + [UInt8](repeating: 0, count: 16)
    #expect(decode(block, as: MXFP4.self).allSatisfy { $0.bitPattern == 0x7FC0_0000 })
  }

  /// log₂ rounds to F32 before it is rounded down; the answers are those of glibc's `log2f`.
  @Test(
    arguments: [
      (0x4EFF_FFF4, 155), (0x4EFF_FFF5, 156), (0x4EFF_FFFF, 156), (0x3FFF_FFFF, 125),
      (0x3DFF_FFFF, 122), (0x3DFF_FFFE, 121), (0x7F7F_FFD3, 252), (0x7F7F_FFD4, 253),
    ] as [(UInt32, UInt8)])
  func mxfp4ExponentJustBelowAPowerOfTwo(bits: UInt32, exponent: UInt8) {
    let values = [Float(bitPattern: bits)] + [Float](repeating: 0, count: 255)
    #expect(encodePlain(values, as: MXFP4.self)[0] == exponent)
    for level in levels { #expect(encode(values, as: MXFP4.self, level: level)[0] == exponent) }
  }

  @Test func mxfp4HoldsTheGreatestFiniteValue() {
    // The codes 6 and 7 would be infinite at this exponent.
    let values = [Float](repeating: .greatestFiniteMagnitude, count: 256)
    #expect(encodePlain(values, as: MXFP4.self)[1] == 0x55)
    #expect(encode(values, as: MXFP4.self) == encodePlain(values, as: MXFP4.self))
  }

  @Test func subnormalPeaksGiveTheCodesOfTheReference() {
    let values = [0x1p-140, -0x1p-140] + [Float](repeating: 0, count: 254)
    #expect(encode(values, as: TQ2_0.self).dropLast(2).allSatisfy { $0 == 0x55 })
    #expect(encode(values, as: Q2_0.self)[0..<18].allSatisfy { $0 == 0 })
    #expect(encode(values, as: Q2_0.self)[18] == 0)
    #expect(encode(values, as: Q2_0.self)[20..<36].allSatisfy { $0 == 0x55 })
  }
}
