import Encodings
import Testing

/// What the encodings with super-blocks of 256 values and a minimum guarantee, whatever is in them.
@Suite struct SuperBlockTests {
  static let names = ["Q2_K", "Q4_K", "Q5_K"]

  @Test(arguments: names, [Float.nan, .signalingNaN, .infinity, -.infinity])
  func aSuperBlockThatIsNotFiniteDecodesAsNaNAndItsNeighboursDoNot(
    name: String, value: Float
  ) throws {
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    var values = Samples.weights(4 * 256)
    values[300] = value
    let expected = (0..<4 * 256).map { (256..<512).contains($0) }
    for level in levels {
      let blocks = encode(values, as: encoding, level: level)
      #expect(decode(blocks, as: encoding, level: level).map(\.isNaN) == expected, "at \(level)")
      let weighted = encodeWeighted(values, weights: ones(values), as: encoding, level: level)
      #expect(decode(weighted, as: encoding, level: level).map(\.isNaN) == expected, "at \(level)")
    }
  }

  @Test(arguments: names)
  func weightedKernelsWriteWhatThePlainLoopWrites(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    for sample in Samples.all {
      let values = wholeBlocks(sample.values, of: encoding)
      for weights in [ones(values), uneven(values), sparse(values)] {
        let expected = encodeWeighted(values, weights: weights, as: encoding, level: nil)
        for level in levels {
          #expect(
            encodeWeighted(values, weights: weights, as: encoding, level: level) == expected,
            "\(sample.name) at \(level)")
        }
      }
    }
  }

  /// Kernels search several super-blocks at once: the last ones may be fewer.
  @Test(arguments: names, 1...9)
  func everyCountOfSuperBlocks(name: String, count: Int) throws {
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    let values = Samples.weights(count * 256)
    let expected = encodePlain(values, as: encoding)
    let weighted = encodeWeighted(values, weights: uneven(values), as: encoding, level: nil)
    for level in levels {
      #expect(encode(values, as: encoding, level: level) == expected, "at \(level)")
      #expect(
        encodeWeighted(values, weights: uneven(values), as: encoding, level: level) == weighted,
        "at \(level)")
    }
  }

  @Test(arguments: [("Q2_K", 0.35), ("Q4_K", 0.08), ("Q5_K", 0.04)])
  func relativeErrorOfWeights(name: String, bound: Double) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    let errors = encodeMeasuring(Samples.weights(256 * 64), as: encoding).errors
    #expect(errors.relativeRootMeanSquareError < bound)
    #expect(errors.relativeRootMeanSquareError > bound / 2)
  }

  @Test(arguments: names)
  func weightsMoveTheErrorToWhereItMattersLess(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    let values = Samples.weights(256 * 64)
    let weights = values.indices.map { Float($0 % 4 == 0 ? 100 : 1) }
    func error(_ blocks: [UInt8]) -> Double {
      let decoded = decode(blocks, as: encoding)
      return stride(from: 0, to: values.count, by: 4).reduce(0) { sum, index in
        let difference = Double(decoded[index] - values[index])
        return sum + difference * difference
      }
    }
    let weighted = encodeWeighted(values, weights: weights, as: encoding, level: .current)
    #expect(error(weighted) < 0.9 * error(encode(values, as: encoding)))
  }

  @Test(arguments: names)
  func zerosStayZeros(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.weighting)
    let values = (0..<512).map { $0 % 3 == 0 ? Float(-0.0) : 0 }
    let zeros = [Float](repeating: 0, count: 512)
    #expect(decode(encode(values, as: encoding), as: encoding) == zeros)
    let weighted = encodeWeighted(values, weights: ones(values), as: encoding, level: .current)
    #expect(decode(weighted, as: encoding) == zeros)
  }

  @Test(arguments: names)
  func valuesBelowTheBoundDoNotOverflow(name: String) throws {
    let encoding = try #require(EncodingTable.named(name)?.writing)
    var generator = SplitMix64(state: 9)
    let values = (0..<256 * 200).map { index in
      let unit = Float.random(in: -1...1, using: &generator)
      // From even values to a few far out among small ones.
      let power = (0..<index / 256 % 8).reduce(unit) { product, _ in product * unit.magnitude }
      return power * encoding.greatestMagnitude
    }
    let decoded = decode(encode(values, as: encoding), as: encoding)
    #expect(decoded.count { !$0.isFinite } == 0)
  }

  private func encodeWeighted(
    _ values: [Float], weights: [Float], as encoding: any WeightedEncoding.Type, level: CPULevel?
  ) -> [UInt8] {
    let count = values.count / encoding.blockElementCount * encoding.blockByteCount
    var blocks = [UInt8](repeating: 0xAA, count: count)
    values.withUnsafeBufferPointer { values in
      weights.withUnsafeBufferPointer { weights in
        blocks.withUnsafeMutableBytes { blocks in
          if let level {
            encoding.encode(
              values, weights: weights, rowMeanSquare: 0, into: blocks, level: level)
          } else {
            encoding.encodePlain(values, weights: weights, rowMeanSquare: 0, into: blocks)
          }
        }
      }
    }
    return blocks
  }

  private func ones(_ values: [Float]) -> [Float] { values.map { _ in 1 } }

  /// Magnitudes over fifteen decades.
  private func uneven(_ values: [Float]) -> [Float] {
    var generator = SplitMix64(state: 5)
    return values.map { _ in
      let exponent = Int.random(in: -40...10, using: &generator)
      return Float(sign: .plus, exponent: exponent, significand: 1)
        * Float.random(in: 1...2, using: &generator)
    }
  }

  /// Zeros, and here and there a one.
  private func sparse(_ values: [Float]) -> [Float] {
    var generator = SplitMix64(state: 6)
    return values.map { _ in Int.random(in: 0..<20, using: &generator) == 0 ? 1 : 0 }
  }
}
