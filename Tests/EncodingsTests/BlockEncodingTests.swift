import Encodings
import Testing

/// What blocks with scales guarantee, whatever is in them.
@Suite struct BlockEncodingTests {
  @Test(arguments: [
    ("Q8_0", 127.0), ("Q4_0", 8), ("Q4_1", 15), ("Q5_0", 16), ("Q5_1", 31),
  ])
  func errorIsWithinAStep(name: String, steps: Double) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let values = Samples.weights(32 * 500)
    let decoded = decode(encode(values, as: encoding), as: encoding)
    let isAffine = name.hasSuffix("_1")
    for block in 0..<500 {
      let range = block * 32..<(block + 1) * 32
      let highest = values[range].max() ?? 0
      let lowest = values[range].min() ?? 0
      let span = isAffine ? highest - lowest : max(highest, -lowest)
      // One step where the codes end before the opposite peak, and the rounding of the F16s.
      let bound = Double(span) / steps + Double(max(highest, -lowest)) * 0x1p-10
      for index in range { #expect(Double((decoded[index] - values[index]).magnitude) <= bound) }
    }
  }

  @Test(arguments: blockEncodings.map(\.name))
  func encodingDecodedValuesAgainChangesNoValue(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    // Codes and scales that F16 holds exactly: the second encoding finds the same ones.
    let values = (0..<64).map { Float($0 % 32 == 0 ? -16 : $0 % 15 - 7) }
    let once = decode(encode(values, as: encoding), as: encoding)
    let twice = decode(encode(once, as: encoding), as: encoding)
    #expect(once == twice)
  }

  @Test(arguments: blockEncodings.map(\.name))
  func zerosStayZeros(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let values = [Float](repeating: 0, count: 64)
    #expect(decode(encode(values, as: encoding), as: encoding) == values)
  }

  @Test(
    arguments: blockEncodings.map(\.name), [Float.nan, .signalingNaN, .infinity, -.infinity])
  func aBlockThatIsNotFiniteDecodesAsNaNAndItsNeighboursDoNot(name: String, value: Float) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    var values = Samples.weights(96)
    values[40] = value
    let decoded = decode(encode(values, as: encoding), as: encoding)
    #expect(decoded.map(\.isNaN) == (0..<96).map { (32..<64).contains($0) })
  }

  @Test(arguments: blockEncodings.map(\.name))
  func subnormalBlocksDecodeAsZeros(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let values = (0..<32).map { Float($0 - 9) * 1e-42 }
    #expect(decode(encode(values, as: encoding), as: encoding).allSatisfy { $0 == 0 })
  }

  @Test func q8_0CodesOfASmallBlock() {
    let values = [127, -127, 0.5, -0.5, 1.49, 63.5] + [Float](repeating: 0, count: 26)
    #expect(
      encode(values, as: Q8_0.self)
        == [0x00, 0x3C, 127, 0x81, 1, 0xFF, 1, 64] + [UInt8](repeating: 0, count: 26))
  }

  @Test func q4_0ScaleHasTheSignOfTheFirstPeak() {
    let block = [Float](repeating: 0, count: 30)
    #expect(Array(encode([8, -8] + block, as: Q4_0.self)[0..<2]) == [0x00, 0xBC])
    #expect(Array(encode([-8, 8] + block, as: Q4_0.self)[0..<2]) == [0x00, 0x3C])
  }

  /// The bytes are those of ggml's own library; the `gguf` package gives zeros that begin with -0 the
  /// scale 0.
  @Test(arguments: [
    ("Q8_0", [UInt8](repeating: 0, count: 34)),
    ("Q4_0", [0, 0x80] + [UInt8](repeating: 0x88, count: 16)),
    ("Q5_0", [0, 0x80, 0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 16)),
  ])
  func zerosOfAnySignAreOneBlock(name: String, block: [UInt8]) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let zeros: [[Float]] = [
      [Float](repeating: 0, count: 32), [Float](repeating: -0.0, count: 32),
      (0..<32).map { $0 == 0 ? -0.0 : 0 }, (0..<32).map { $0 == 31 ? -0.0 : 0 },
      (0..<32).map { $0 % 2 == 0 ? -0.0 : 0 },
    ]
    for values in zeros {
      #expect(encodePlain(values, as: encoding) == block)
      // Eight at a time, among others, are what a kernel takes.
      let batch = (0..<8).flatMap { $0 % 3 == 1 ? Samples.weights(32) : values }
      for level in levels {
        #expect(encode(values, as: encoding, level: level) == block)
        let blocks = encode(batch, as: encoding, level: level)
        for index in [0, 2, 3, 5, 6] {
          #expect(Array(blocks[block.count * index..<block.count * (index + 1)]) == block)
        }
      }
    }
  }

  @Test(arguments: [("Q4_1", 2), ("Q5_1", 2)])
  func firstZeroGivesTheSignOfTheMinimum(name: String, offset: Int) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    for (first, second, byte) in [(Float(-0.0), Float(0), UInt8(0x80)), (0, -0.0, 0x00)] {
      var values = [Float](repeating: 1, count: 32)
      values[9] = first
      values[20] = second
      #expect(encodePlain(values, as: encoding)[offset + 1] == byte)
      for level in levels {
        #expect(encode(values, as: encoding, level: level)[offset + 1] == byte)
      }
    }
  }
}
