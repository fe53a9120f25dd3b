import Encodings
import Testing

/// The bytes are those of ggml's own quantizers, built for x86-64.
@Suite struct GGMLGoldenTests {
  @Test(arguments: known.filter { !$0.encoded.isEmpty && isWritten($0.name) }.map(\.name))
  func encoding(name: String) throws {
    let golden = try #require(ggmlGoldens.first { $0.name == name })
    let encoding = try #require(EncodingTable.named(name)?.writing)
    for values in GGMLValues.all {
      guard let expected = golden.encoded[values.name] else { continue }
      let plain = encodePlain(values.values, as: encoding)
      #expect(fnv(plain) == expected, "\(values.name)")
      for level in levels {
        let blocks = encode(values.values, as: encoding, level: level)
        #expect(blocks == plain, "\(values.name) at \(level)")
      }
    }
  }

  @Test(arguments: known.filter { !$0.weighted.isEmpty && isWeighted($0.name) }.map(\.name))
  func encodingWithWeights(name: String) throws {
    let golden = try #require(ggmlGoldens.first { $0.name == name })
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    for values in GGMLValues.all {
      guard let expected = golden.weighted[values.name] else { continue }
      let plain = values.encode(as: encoding, level: nil)
      #expect(fnv(plain) == expected, "\(values.name)")
      for level in levels {
        #expect(values.encode(as: encoding, level: level) == plain, "\(values.name) at \(level)")
      }
    }
  }

  @Test(arguments: known.filter { $0.blankWeighted != nil && isWeighted($0.name) }.map(\.name))
  func encodingWithBlocksOfWeightZero(name: String) throws {
    let golden = try #require(ggmlGoldens.first { $0.name == name }?.blankWeighted)
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    let plain = GGMLValues.all[0].encode(as: encoding, hasBlankWeights: true, level: nil)
    #expect(fnv(plain) == golden)
    for level in levels {
      let blocks = GGMLValues.all[0].encode(as: encoding, hasBlankWeights: true, level: level)
      #expect(blocks == plain, "at \(level)")
    }
  }

  @Test(arguments: known.map(\.name))
  func decoding(name: String) throws {
    let golden = try #require(ggmlGoldens.first { $0.name == name })
    let encoding = try #require(EncodingTable.named(name)?.encoding)
    let blocks = GGMLValues.randomBlocks(of: encoding)
    let decoded = decodePlain(blocks, as: encoding)
    #expect(fnv(decoded.flatMap(littleEndianBytes)) == golden.decoded)
    for level in levels {
      #expect(bits(decode(blocks, as: encoding, level: level)) == bits(decoded), "at \(level)")
    }
  }

  /// The tests above take what the table has, so an encoding that is lost would be lost silently.
  @Test func everyTypeIsThere() {
    let missing = ggmlGoldens.map(\.name).filter { EncodingTable.named($0)?.encoding == nil }
    #expect(missing == [])
    let written = ggmlGoldens.filter { isWritten($0.name) }.map(\.name)
    #expect(
      written == [
        "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
        "IQ4_XS", "TQ1_0", "TQ2_0", "MXFP4", "NVFP4", "Q1_0", "Q2_0",
      ])
  }

  private func fnv(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private func littleEndianBytes(_ value: Float) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) }
  }
}

/// The goldens of types that have arithmetic.
private let known = ggmlGoldens.filter { EncodingTable.named($0.name)?.encoding != nil }

private func isWritten(_ name: String) -> Bool { EncodingTable.named(name)?.writing != nil }

private func isWeighted(_ name: String) -> Bool { EncodingTable.named(name)?.weighting != nil }
