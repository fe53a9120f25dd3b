import Encodings
import Testing

/// With weights, too, the kernels of every level write the same bytes as the plain loops.
@Suite struct WeightedPathTests {
  @Test(arguments: EncodingTable.all.filter { $0.weighting != nil }.map(\.name))
  func encodersAgree(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    for sample in Samples.all {
      // A row of an odd number of batches.
      let values = Array((sample.values + [Float](repeating: 0, count: 1280)).prefix(1280))
      for weights in weightRows(values.count) {
        let expected = encode(values, weights: weights, as: encoding, level: nil)
        for level in levels {
          #expect(
            encode(values, weights: weights, as: encoding, level: level) == expected,
            "\(sample.name) at \(level)")
        }
      }
    }
  }

  @Test(arguments: EncodingTable.all.filter { $0.weighting != nil }.map(\.name))
  func aBlockThatIsNotFiniteDecodesAsNaN(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    for value in [Float.nan, .infinity, -.infinity] {
      var values = Samples.weights(768)
      values[300] = value
      let blocks = encode(
        values, weights: [Float](repeating: 1, count: 768), as: encoding, level: nil)
      let decoded = decode(blocks, as: encoding)
      let start = 300 / encoding.blockElementCount * encoding.blockElementCount
      #expect(decoded[start..<start + encoding.blockElementCount].allSatisfy { $0.isNaN })
    }
  }

  @Test func weightsMoveTheScaleTowardsWhatMatters() {
    let values = Samples.weights(256)
    let weights = values.indices.map { $0 % 32 == 7 ? Float(1000) : 0.001 }
    func error(_ decoded: [Float]) -> Float {
      zip(weights, zip(values, decoded)).reduce(0) { sum, item in
        let difference = item.1.0 - item.1.1
        return sum + item.0 * difference * difference
      }
    }
    for encoding in [Q6_K.self, Q3_K.self, IQ4_NL.self, IQ4_XS.self] as [any WeightedEncoding.Type]
    {
      let plain = decode(encodePlain(values, as: encoding), as: encoding)
      let weighted = decode(
        encode(values, weights: weights, as: encoding, level: nil), as: encoding)
      #expect(error(weighted) < error(plain), "\(encoding.name)")
    }
  }

  private func weightRows(_ count: Int) -> [[Float]] {
    [
      [Float](repeating: 1, count: count),
      (0..<count).map { $0 % 5 == 0 ? 0 : Float($0 % 17) * 0.25 },
      [Float](repeating: 0, count: count),
      (0..<count).map { $0 % 3 == 0 ? 1e30 : 1e-30 },
    ]
  }

  private func encode(
    _ values: [Float], weights: [Float], as encoding: any WeightedEncoding.Type, level: CPULevel?
  ) -> [UInt8] {
    let byteCount = values.count / encoding.blockElementCount * encoding.blockByteCount
    var blocks = [UInt8](repeating: 0xAA, count: byteCount)
    values.withUnsafeBufferPointer { values in
      weights.withUnsafeBufferPointer { weights in
        blocks.withUnsafeMutableBytes { blocks in
          let meanSquare = rowMeanSquare(of: values)
          if let level {
            encoding.encode(
              values, weights: weights, rowMeanSquare: meanSquare, into: blocks, level: level)
          } else {
            encoding.encodePlain(
              values, weights: weights, rowMeanSquare: meanSquare, into: blocks)
          }
        }
      }
    }
    return blocks
  }
}
