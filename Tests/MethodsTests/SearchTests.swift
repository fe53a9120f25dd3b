import Encodings
import Methods
import Testing

@Suite struct SearchMethodTests {
  private let values = (0..<512).map { Float($0 * 7919 % 1009) * 0.002 - 1 }

  @Test(arguments: ["Q4_K", "Q2_K", "Q5_1"])
  func losesLessThanNearest(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let nearest = encode(Nearest.self, codec)
    let searched = encode(Search.self, codec)
    #expect(searched.loss.errors.sumOfSquaredError < nearest.loss.errors.sumOfSquaredError)
    #expect(nearest.loss.objective == nil)
    let objective = try #require(searched.loss.objective)
    #expect(isNear(objective.weightedError, searched.loss.errors.sumOfSquaredError))
    #expect(isNear(objective.weightedSquare, searched.loss.errors.sumOfSquaredReference))
    #expect(isNear(objective.nearestWeightedError, nearest.loss.errors.sumOfSquaredError))
    #expect(searched.loss.errors.elementCount == 512 && searched.blocks != nearest.blocks)
  }

  @Test(arguments: ["Q4_K", "Q4_0"])
  func writesWhatTheCodecFindsForEachRow(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let weights = (0..<256).map { Float($0 % 7) }
    let searched = encode(Search.self, codec, weights)
    let half = searched.blocks.count / 2
    for row in 0..<2 {
      var expected = [UInt8](repeating: 0, count: half)
      let found = values[256 * row..<256 * (row + 1)].withUnsafeBufferPointer { values in
        weights.withUnsafeBufferPointer { weights in
          expected.withUnsafeMutableBytes {
            codec.encodeSearching(
              values, weights: weights, rowMeanSquare: rowMeanSquare(of: values), into: $0)
          }
        }
      }
      #expect(Array(searched.blocks[half * row..<half * (row + 1)]) == expected)
      let objective = try #require(found.objective)
      #expect(objective.weightedError < objective.nearestWeightedError ?? 0)
    }
  }

  @Test func supportsWhatItSearches() throws {
    #expect(MethodTable.named("search") is Search.Type)
    #expect(Search.supports(try #require(EncodingTable.named("Q6_K"))))
    #expect(!Search.supports(try #require(EncodingTable.named("IQ4_XS"))))
    #expect(!Search.supports(try #require(EncodingTable.named("F16"))))
    #expect(Nearest.supports(try #require(EncodingTable.named("IQ4_XS"))))
    #expect(!Nearest.supports(try #require(EncodingTable.named("I32"))))
  }

  @Test(arguments: ["search", "four-over-six"], [nil, (0..<256).map { Float($0 % 7) }])
  func methodsOfNVFP4CompareThemselvesWithNearest(name: String, weights: [Float]?) throws {
    let codec = try #require(EncodingTable.named("NVFP4"))
    let method = try #require(MethodTable.named(name))
    let chosen = encode(method, codec, weights)
    let nearest = encode(Nearest.self, codec)
    let objective = try #require(chosen.loss.objective)
    #expect(isNear(objective.weightedError, error(of: chosen.blocks, codec, weights)))
    #expect(isNear(objective.nearestWeightedError, error(of: nearest.blocks, codec, weights)))
    #expect(objective.weightedError < objective.nearestWeightedError ?? 0)
  }

  /// Σ weight × error², added in another order than the definition's.
  private func error(of blocks: [UInt8], _ codec: Codec, _ weights: [Float]?) -> Double {
    var decoded = [Float](repeating: 0, count: values.count)
    blocks.withUnsafeBytes { blocks in
      decoded.withUnsafeMutableBufferPointer { codec.decode(blocks, into: $0) }
    }
    return values.indices.reduce(0.0) { sum, index in
      let difference = Double(decoded[index]) - Double(values[index])
      return sum + Double(weights?[index % 256] ?? 1) * difference * difference
    }
  }

  private func isNear(_ found: Double?, _ expected: Double) -> Bool {
    found.map { abs($0 - expected) <= 1e-6 * expected } ?? false
  }

  private func encode(
    _ method: any Method.Type, _ codec: Codec, _ weights: [Float]? = nil
  ) -> (blocks: [UInt8], loss: EncodingLoss) {
    var blocks = [UInt8](repeating: 0, count: codec.byteCount(ofElements: 512) ?? 0)
    let loss = values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { blocks in
        func run(_ weights: UnsafeBufferPointer<Float>?) -> EncodingLoss {
          method.encode(
            WeightMatrix(values, rowCount: 2, columnCount: 256, columnWeights: weights),
            as: codec, into: blocks)
        }
        return weights.map { $0.withUnsafeBufferPointer { run($0) } } ?? run(nil)
      }
    }
    return (blocks, loss)
  }
}
