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
    #expect(searched.errors.sumOfSquaredError < nearest.errors.sumOfSquaredError)
    #expect(searched.errors.elementCount == 512 && searched.blocks != nearest.blocks)
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
      #expect(found.weightedError < found.referenceWeightedError)
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

  private func encode(
    _ method: any Method.Type, _ codec: Codec, _ weights: [Float]? = nil
  ) -> (blocks: [UInt8], errors: ErrorSums) {
    var blocks = [UInt8](repeating: 0, count: codec.byteCount(ofElements: 512) ?? 0)
    let errors = values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { blocks in
        func run(_ weights: UnsafeBufferPointer<Float>?) -> ErrorSums {
          method.encode(
            WeightMatrix(values, rowCount: 2, columnCount: 256, columnWeights: weights),
            as: codec, into: blocks)
        }
        return weights.map { $0.withUnsafeBufferPointer { run($0) } } ?? run(nil)
      }
    }
    return (blocks, errors)
  }
}
