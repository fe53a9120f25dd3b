import Testing

@testable import Encodings

/// Blocks that are searched for.
@Suite struct SearchTests {
  static let codecs = EncodingTable.all.filter { $0.searching != nil }.map(\.name)

  @Test func theseAreSearched() {
    #expect(
      Set(Self.codecs) == [
        "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0",
      ])
  }

  @Test(arguments: codecs)
  func noBlockIsWorseThanTheReferenceAndTheWholeIsBetter(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let values = Samples.weights(256 * 24, seed: 11)
    for weights in [nil, columnWeights(values.count)] {
      let reference = referenceBlocks(values, weights, as: codec)
      let found = search(values, weights, as: codec)
      let before = losses(reference, values, weights, as: codec)
      let after = losses(found.blocks, values, weights, as: codec)
      #expect(zip(after, before).allSatisfy { $0 <= $1 })
      #expect(after.reduce(0, +) < 0.995 * before.reduce(0, +))
      // A block that is no better has the reference's bytes.
      for index in after.indices where after[index] == before[index] {
        let bytes = index * codec.blockByteCount..<(index + 1) * codec.blockByteCount
        #expect(found.blocks[bytes] == reference[bytes])
      }
    }
  }

  @Test(arguments: codecs)
  func kernelsFindWhatTheDefinitionFinds(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let searching = try #require(codec.searching)
    for sample in Samples.all {
      // Random bits and exponents are long; blocks beyond these say nothing new.
      let values = wholeBlocks(Array(sample.values.prefix(256 * 19)), of: searching)
      for weights in [nil, columnWeights(values.count)] {
        let expected = search(values, weights, as: codec, isPlain: true)
        for level in levels {
          let found = search(values, weights, as: codec, level: level)
          #expect(found.blocks == expected.blocks, "\(sample.name) at \(level)")
          #expect(bits(found.result.errors) == bits(expected.result.errors), "\(sample.name)")
          #expect(bits(found.objective) == bits(expected.objective), "\(sample.name)")
        }
      }
    }
  }

  @Test(arguments: codecs)
  func whatIsReportedIsWhatWasMeasured(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let encoding = try #require(codec.writing)
    let values = Samples.weights(256 * 20, seed: 12)
    let weights = columnWeights(values.count)
    let found = search(values, weights, as: codec)
    let reference = referenceBlocks(values, weights, as: codec)
    #expect(bits(found.result.errors) == bits(errors(values, decode(found.blocks, as: encoding))))
    let after = losses(found.blocks, values, weights, as: codec).reduce(0, +)
    let before = losses(reference, values, weights, as: codec).reduce(0, +)
    let squares = zip(values, weights).reduce(0.0) { $0 + Double($1.1) * Double($1.0 * $1.0) }
    #expect(abs(found.objective.weightedError - after) <= 1e-12 * after)
    #expect(abs((found.objective.nearestWeightedError ?? 0) - before) <= 1e-12 * before)
    #expect(abs(found.objective.weightedSquare - squares) <= 1e-6 * squares)
  }

  @Test(arguments: ["Q4_K", "Q2_K", "Q4_0"])
  func bytesDoNotDependOnWhereRowsAreSplit(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let values = Samples.weights(256 * 21, seed: 13)
    let weights = columnWeights(values.count)
    let whole = search(values, weights, as: codec).blocks
    for cut in [256, 256 * 2, 256 * 9, 256 * 20] {
      let head = search(Array(values[..<cut]), Array(weights[..<cut]), as: codec)
      let tail = search(Array(values[cut...]), Array(weights[cut...]), as: codec)
      #expect(head.blocks + tail.blocks == whole, "cut at \(cut)")
    }
  }

  @Test(arguments: codecs)
  func weightsOfZeroLeaveTheReference(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let values = Samples.weights(512, seed: 14)
    let weights = [Float](repeating: 0, count: 512)
    let found = search(values, weights, as: codec)
    #expect(found.blocks == referenceBlocks(values, weights, as: codec))
    #expect(found.objective == Objective(nearestWeightedError: 0))
  }

  @Test(arguments: codecs, [Float.nan, .infinity])
  func aBlockThatIsNotFiniteStaysTheReferences(name: String, value: Float) throws {
    let codec = try #require(EncodingTable.named(name))
    var values = Samples.weights(1024, seed: 15)
    values[300] = value
    let found = search(values, nil, as: codec)
    let reference = referenceBlocks(values, nil, as: codec)
    let block = 300 / codec.blockElementCount
    let bytes = block * codec.blockByteCount..<(block + 1) * codec.blockByteCount
    #expect(found.blocks[bytes] == reference[bytes])
    #expect(found.blocks != reference)
    #expect(!found.result.errors.isFinite)
  }

  @Test(arguments: codecs)
  func nothingIsFoundForNothing(name: String) throws {
    let codec = try #require(EncodingTable.named(name))
    let found = search([], nil, as: codec)
    #expect(found.blocks.isEmpty && found.result.errors == ErrorSums())
    #expect(found.objective == Objective(nearestWeightedError: 0))
  }

  /// Of a row that is longer than what is encoded.
  private let meanSquare: Float = 0.0003

  private func columnWeights(_ count: Int) -> [Float] {
    var generator = SplitMix64(state: 5)
    return (0..<count).map { $0 % 29 == 0 ? 0 : .random(in: 0.01...3, using: &generator) }
  }

  private func search(
    _ values: [Float], _ weights: [Float]?, as codec: Codec,
    level: CPULevel = .current, isPlain: Bool = false
  ) -> (blocks: [UInt8], result: EncodingLoss, objective: Objective) {
    var blocks = emptyBlocks(values, codec)
    let result = values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { blocks in
        withOptional(weights) { weights in
          codec.searching?.encodeSearching(
            values, weights: weights, rowMeanSquare: meanSquare, into: blocks, level: level,
            isPlain: isPlain) ?? EncodingLoss()
        }
      }
    }
    return (blocks, result, result.objective ?? Objective())
  }

  private func referenceBlocks(
    _ values: [Float], _ weights: [Float]?, as codec: Codec
  ) -> [UInt8] {
    var blocks = emptyBlocks(values, codec)
    values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { blocks in
        if let weighting = codec.weighting, let weights {
          weights.withUnsafeBufferPointer {
            weighting.encode(values, weights: $0, rowMeanSquare: meanSquare, into: blocks)
          }
        } else {
          codec.encode(values, into: blocks)
        }
      }
    }
    return blocks
  }

  /// Σ weight × error² of each block, by one sum after the other.
  private func losses(
    _ blocks: [UInt8], _ values: [Float], _ weights: [Float]?, as codec: Codec
  ) -> [Double] {
    guard let encoding = codec.writing else { return [] }
    let decoded = decode(blocks, as: encoding)
    let size = codec.blockElementCount
    return stride(from: 0, to: values.count, by: size).map { start in
      // In the order of the definition, so that equal blocks have equal sums.
      let lanes = (0..<4).map { lane in
        stride(from: start + lane, to: start + size, by: 4).reduce(0.0) { sum, index in
          let error = Double(decoded[index]) - Double(values[index])
          return sum + Double(weights?[index] ?? 1) * (error * error)
        }
      }
      return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    }
  }

  private func errors(_ values: [Float], _ decoded: [Float]) -> ErrorSums {
    values.withUnsafeBufferPointer { values in
      decoded.withUnsafeBufferPointer { ErrorSums(reference: values, decoded: $0) }
    }
  }

  private func emptyBlocks(_ values: [Float], _ codec: Codec) -> [UInt8] {
    [UInt8](repeating: 0xAA, count: codec.byteCount(ofElements: values.count) ?? 0)
  }

  private func withOptional<Result>(
    _ weights: [Float]?, _ body: (UnsafeBufferPointer<Float>?) -> Result
  ) -> Result {
    guard let weights else { return body(nil) }
    return weights.withUnsafeBufferPointer { body($0) }
  }
}
