import Encodings
import Methods
import Testing

/// The ways to choose the scales of NVFP4 as methods.
@Suite struct NVFP4MethodTests {
  private let codec = Codec(NVFP4.self)
  private let values = (0..<1024).map { Float($0 * 7919 % 1009) * 0.004 - 2 }

  private func encode(
    _ method: any Method.Type, _ values: [Float], rowCount: Int = 1, weights: [Float]? = nil
  ) -> (blocks: [UInt8], errors: ErrorSums) {
    var blocks = [UInt8](repeating: 0, count: values.count / 64 * 36)
    let errors = values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { blocks in
        func run(_ weights: UnsafeBufferPointer<Float>?) -> ErrorSums {
          method.encode(
            WeightMatrix(
              values, rowCount: rowCount, columnCount: values.count / rowCount,
              columnWeights: weights), as: codec, into: blocks
          ).errors
        }
        return weights.map { $0.withUnsafeBufferPointer { run($0) } } ?? run(nil)
      }
    }
    return (blocks, errors)
  }

  private func decoded(_ blocks: [UInt8]) -> [Float] {
    var values = [Float](repeating: 0, count: blocks.count / 36 * 64)
    values.withUnsafeMutableBufferPointer { values in
      blocks.withUnsafeBytes { codec.decode($0, into: values) }
    }
    return values
  }

  /// Σ weight × error², in F64.
  private func loss(_ blocks: [UInt8], _ values: [Float], _ weights: [Float]) -> Double {
    zip(decoded(blocks), values).enumerated().reduce(0) { sum, item in
      let difference = Double(item.element.0) - Double(item.element.1)
      return sum + Double(weights[item.offset % weights.count]) * difference * difference
    }
  }

  /// A group of 6 and fives: a scale of 1 rounds each 5 to 4, one of 1.5 makes them 4.5, and 1.625
  /// makes them 4.875 and the 6 a 6.5.
  @Test(arguments: [
    (Nearest.self as any Method.Type, UInt8(0x38), UInt8(0x67), UInt8(0x66)),
    (FourOverSix.self, 0x3C, 0x56, 0x55), (Search.self, 0x3D, 0x56, 0x55),
  ])
  func scalesOfSixAndFives(method: any Method.Type, scale: UInt8, first: UInt8, others: UInt8) {
    let values = [6] + [Float](repeating: 5, count: 15) + [Float](repeating: 0, count: 48)
    let expected =
      [scale, 0, 0, 0, first] + [UInt8](repeating: others, count: 7)
      + [UInt8](repeating: 0, count: 24)
    #expect(encode(method, values).blocks == expected)
  }

  @Test(arguments: [FourOverSix.self, Search.self] as [any Method.Type])
  func losesLessThanNearest(method: any Method.Type) {
    let nearest = encode(Nearest.self, values)
    let found = encode(method, values)
    #expect(found.errors.sumOfSquaredError < nearest.errors.sumOfSquaredError)
    #expect(found.errors.elementCount == 1024)
    let sum = loss(found.blocks, values, [1])
    #expect(abs(found.errors.sumOfSquaredError - sum) <= 1e-6 * sum)
  }

  @Test func searchLosesNoMoreThanFourOverSix() {
    let searched = encode(Search.self, values).errors.sumOfSquaredError
    #expect(searched <= encode(FourOverSix.self, values).errors.sumOfSquaredError)
  }

  @Test(arguments: [FourOverSix.self, Search.self] as [any Method.Type])
  func weightsDecide(method: any Method.Type) {
    let weights = (0..<256).map { Float($0 % 5 == 0 ? 100 : 1) }
    let plain = encode(method, values, rowCount: 4)
    let weighted = encode(method, values, rowCount: 4, weights: weights)
    #expect(weighted.blocks != plain.blocks)
    #expect(loss(weighted.blocks, values, weights) < loss(plain.blocks, values, weights))
    #expect(weighted.errors.sumOfSquaredError > plain.errors.sumOfSquaredError)
  }

  @Test(arguments: [FourOverSix.self, Search.self] as [any Method.Type])
  func rowsMayBeSplit(method: any Method.Type) {
    let weights = (0..<256).map { Float($0 % 7) }
    let whole = encode(method, values, rowCount: 4, weights: weights).blocks
    let rows = (0..<4).flatMap { row in
      encode(method, Array(values[256 * row..<256 * (row + 1)]), weights: weights).blocks
    }
    #expect(whole == rows)
  }

  @Test func fourOverSixIsForNVFP4Alone() throws {
    #expect(MethodTable.named("four-over-six") is FourOverSix.Type)
    let supported = EncodingTable.all.filter(FourOverSix.supports).map(\.name)
    #expect(supported == ["NVFP4"])
    #expect(Search.supports(codec) && Nearest.supports(codec))
    #expect(FourOverSix.usesColumnWeights && !FourOverSix.needsWholeMatrix)
  }
}
