import Encodings
import Testing

/// The bytes are those of the `gguf` Python package.
@Suite struct GoldenTests {
  @Test(arguments: goldenBlocks.map(\.name))
  func specialBlocks(name: String) throws {
    let golden = try #require(goldenBlocks.first { $0.name == name })
    let values = floats(try #require(bytes(golden.values)))
    try #require(values.count == 32)
    for (name, block) in golden.blocks {
      let encoding = try #require(EncodingTable.named(name)?.writing)
      let expected = try #require(bytes(block))
      #expect(encodePlain(values, as: encoding) == expected, "\(name)")
      for level in levels {
        #expect(encode(values, as: encoding, level: level) == expected, "\(name) at \(level)")
      }
    }
  }

  @Test(arguments: goldenHashes.map(\.encoding))
  func randomValues(name: String) throws {
    let golden = try #require(goldenHashes.first { $0.encoding == name })
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let blocks = encode(goldenValues(), as: encoding)
    #expect(fnv(blocks) == golden.encoded)
    let decoded = decode(blocks, as: encoding)
    #expect(fnv(decoded.flatMap { [UInt8](littleEndian: $0.bitPattern) }) == golden.decoded)
  }

  /// 2048 blocks, every one with an exponent of its own; as in make_goldens.py.
  private func goldenValues() -> [Float] {
    var generator = SplitMix64(state: 1)
    return (0..<2048 * 32).map { index in
      let integer = Int(generator.next() >> 40) - (1 << 23)
      return Float(integer) * Float(sign: .plus, exponent: index / 32 % 40 - 48, significand: 1)
    }
  }

  private func fnv(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private func bytes(_ hex: String) -> [UInt8]? {
    let digits = hex.compactMap(\.hexDigitValue)
    guard digits.count == hex.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private func floats(_ bytes: [UInt8]) -> [Float] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(bitPattern: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
      }
    }
  }
}

extension [UInt8] {
  fileprivate init(littleEndian bits: UInt32) {
    self = (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) }
  }
}
