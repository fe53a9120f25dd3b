import Encodings
import Testing

/// Encodings as values.
@Suite struct CodecTests {
  @Test func namesAreUniqueAndFound() {
    for codec in EncodingTable.all {
      #expect(EncodingTable.named(codec.name)?.blockByteCount == codec.blockByteCount)
      #expect(EncodingTable.matching(codec.name.lowercased())?.name == codec.name)
    }
    #expect(Set(EncodingTable.all.map(\.name)).count == EncodingTable.all.count)
  }

  @Test func onlyTheSpelledNameIsTheName() {
    #expect(EncodingTable.named("q8_0") == nil)
    #expect(EncodingTable.matching("q8_0")?.name == "Q8_0")
    #expect(EncodingTable.matching("q8") == nil)
    #expect(EncodingTable.matching("\u{131}8") == nil)  // a dotless i, whose upper case is I
  }

  @Test(arguments: [
    ("F64", 1, 8), ("F32", 1, 4), ("F16", 1, 2), ("BF16", 1, 2), ("F8_E4M3", 1, 1),
    ("F8_E5M2", 1, 1), ("Q8_0", 32, 34), ("Q4_0", 32, 18), ("Q4_1", 32, 20), ("Q5_0", 32, 22),
    ("Q5_1", 32, 24), ("I64", 1, 8), ("U16", 1, 2), ("BOOL", 1, 1),
  ])
  func geometry(name: String, elements: Int, bytes: Int) throws {
    let codec = try #require(EncodingTable.named(name))
    #expect(codec.blockElementCount == elements)
    #expect(codec.blockByteCount == bytes)
    #expect(codec.isQuantized == (elements == 32))
  }

  @Test func integersAreOnlyCopied() throws {
    let codec = try #require(EncodingTable.named("I32"))
    #expect(!codec.canDecode && !codec.canEncode && codec.encoding == nil)
  }

  @Test(arguments: [(64, 68 as Int?), (0, 0), (63, nil), (-32, nil), (Int.max & ~31, nil)])
  func byteCounts(elements: Int, bytes: Int?) throws {
    let codec = try #require(EncodingTable.named("Q8_0"))
    #expect(codec.byteCount(ofElements: elements) == bytes)
  }

  @Test(arguments: ["F32", "F64", "F16", "BF16", "Q8_0"], ["Q4_0", "Q8_0", "F16", "F32"])
  func transcodingIsDecodingScanningAndEncoding(from: String, to: String) throws {
    let source = try #require(EncodingTable.named(from)?.writing)
    let target = try #require(EncodingTable.named(to)?.writing)
    // More than two steps, the last one short.
    let blocks = encode(Samples.weights(32 * 150), as: source)
    let values = decode(blocks, as: source)
    let expected = encodeMeasuring(values, as: target)
    for level in levels {
      var result = [UInt8](repeating: 0, count: expected.blocks.count)
      let transcoded = blocks.withUnsafeBytes { blocks in
        result.withUnsafeMutableBytes {
          Codec(target).transcode(blocks, from: Codec(source), into: $0, level: level)
        }
      }
      #expect(result == expected.blocks)
      #expect(transcoded.errors == expected.errors)
      // An encoding with scales shows in its errors that all was finite.
      let scan = values.withUnsafeBufferPointer { target.isQuantized ? ValueScan() : ValueScan($0) }
      #expect(transcoded.scan == scan)
    }
  }

  @Test func transcodingReportsWhereTheNaNIs() throws {
    var values = Samples.weights(32 * 100)
    values[3001] = .nan
    let blocks = encode(values, as: BF16.self)
    var result = [UInt8](repeating: 0, count: 100 * 34)
    let transcoded = blocks.withUnsafeBytes { blocks in
      result.withUnsafeMutableBytes {
        Codec(Q8_0.self).transcode(blocks, from: Codec(BF16.self), into: $0)
      }
    }
    #expect(transcoded.scan.nonfiniteCount == 1)
    #expect(transcoded.scan.firstNonfiniteIndex == 3001)
    #expect(!transcoded.errors.isFinite)
  }
}
