import Encodings
import Testing

/// The scales of NVFP4: rounding, the factor of the tensor, and the ways to choose.
@Suite struct NVFP4Tests {
  @Test(arguments: [-20, -13, -7, -1, 0, 4, 10])
  func relativeErrorIsTheSameAtEverySize(exponent: Int) {
    let factor = Float(sign: .plus, exponent: exponent, significand: 1)
    let values = normal(1 << 16).map { $0 * factor }
    #expect(abs(relativeError(of: values, .nearest) - 0.095) <= 0.002)
    #expect(relativeError(of: values, .search) <= 0.083)
    #expect(relativeError(of: values, .fourOverSix) <= 0.088)
  }

  @Test func scalesOf256AndMoreAreRoundedToNearest() {
    // The reference writes 448 for each of these.
    for (scale, bits) in [(256 as Float, 0x78 as UInt8), (272, 0x78), (273, 0x79), (304, 0x7A)] {
      let values = [6 * scale] + [Float](repeating: 0, count: 63)
      #expect(encode(values, as: NVFP4.self)[0] == bits)
    }
  }

  @Test(arguments: [
    (0.25, 0), (0.75, 2), (1.25, 2), (1.75, 4), (2.5, 4), (3.5, 6), (5, 6), (0.26, 1), (5.01, 7),
    (-0.25, 0), (-0.75, 10), (-5.01, 15),
  ])
  func codesAreRoundedToNearestTiesToEven(value: Float, code: UInt8) {
    // The first value makes the scale 1; bytes 4 to 11 have the codes 0 to 7 below.
    let values = [6, value] + [Float](repeating: 0, count: 62)
    #expect(encode(values, as: NVFP4.self)[5] == code)
    #expect(encodePlain(values, as: NVFP4.self)[5] == code)
  }

  @Test func everyScaleDecodesAsItsNumber() {
    // 0x7F is 0 and bit 7 is ignored, but 0xFF is 480.
    let cases: [(UInt8, Float)] = [
      (0x00, 0), (0x01, 0x1p-9), (0x08, 0x1p-6), (0x38, 1), (0x7E, 448), (0x7F, 0), (0xB8, 1),
      (0xFF, 480),
    ]
    for (scale, value) in cases {
      let block = [scale, 0, 0, 0] + [UInt8](repeating: 0x22, count: 32)
      #expect(decode(block, as: NVFP4.self)[0..<16].allSatisfy { $0 == value })
      #expect(decodePlain(block, as: NVFP4.self)[0..<16].allSatisfy { $0 == value })
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aGroupThatIsNotFiniteBecomesZerosAndItsNeighboursDoNot(value: Float) {
    var values = [Float](repeating: 1, count: 256)
    values[70] = value
    for scaling in NVFP4Scaling.allCases {
      for level in levels {
        let decoded = decode(encodeChoosing(values, nil, scaling, level: level), as: NVFP4.self)
        #expect(decoded.map { $0 == 0 } == (0..<256).map { (64..<80).contains($0) })
      }
    }
  }

  @Test func tensorScales() {
    #expect(NVFP4.tensorScale(forMaximum: 2688) == 1)
    #expect(NVFP4.tensorScale(forMaximum: 0) == 1)
    #expect(NVFP4.tensorScale(forMaximum: .infinity) == 1)
    #expect(NVFP4.tensorScale(forMaximum: .nan) == 1)
    #expect(NVFP4.tensorScale(forMaximum: 1e-40) == .leastNormalMagnitude)
  }

  @Test(arguments: NVFP4Scaling.allCases, [false, true])
  func kernelsChooseAsThePlainLoops(scaling: NVFP4Scaling, isWeighted: Bool) {
    for sample in Samples.all {
      let values = wholeBlocks(sample.values, of: NVFP4.self)
      var generator = SplitMix64(state: 5)
      let weights = values.map { _ in Float.random(in: 0...1, using: &generator) }
      let used = isWeighted ? weights : nil
      let expected = encodeBlockwise(values, used, scaling)
      for level in levels {
        let blocks = encodeChoosing(values, used, scaling, level: level)
        #expect(blocks == expected, "\(sample.name) at \(level)")
      }
    }
  }

  @Test func searchNeverLosesMoreThanTheNearestScale() {
    let values = normal(64 * 64)
    let nearest = decode(encodeChoosing(values, nil, .nearest), as: NVFP4.self)
    for scaling in [NVFP4Scaling.search, .fourOverSix] {
      let decoded = decode(encodeChoosing(values, nil, scaling), as: NVFP4.self)
      for start in stride(from: 0, to: values.count, by: 16) {
        let range = start..<start + 16
        // Sums of 16 squares in F32 may be ranked otherwise than in F64, by their rounding.
        #expect(squares(values, decoded, range) <= squares(values, nearest, range) * 1.00001)
      }
    }
  }

  @Test func weightsDecideBetweenScales() {
    // A scale of 1 holds the 6 exactly; 7 / 8 of it holds 5.25 and 2.625 exactly, but not 6.
    let values = [6] + [Float](repeating: 2.625, count: 15) + [Float](repeating: 0, count: 48)
    let peak = [1] + [Float](repeating: 0, count: 63)
    let others = [0] + [Float](repeating: 1, count: 63)
    #expect(encodeChoosing(values, peak, .search)[0] == 0x38)
    let decoded = decode(encodeChoosing(values, others, .search), as: NVFP4.self)
    #expect(decoded[1..<16].allSatisfy { $0 == 2.625 })
  }

  @Test(arguments: [NVFP4Scaling.search, .fourOverSix], [true, false])
  func theObjectiveIsTheSameAtEachLevel(scaling: NVFP4Scaling, isWeighted: Bool) {
    let values = normal(64 * 70)
    let weights = (0..<values.count).map { Float($0 % 11) }
    let found = levels.map { measure(values, isWeighted ? weights : nil, scaling, level: $0) }
    for (blocks, loss) in found {
      #expect(blocks == encodeChoosing(values, isWeighted ? weights : nil, scaling))
      #expect(bits(loss.errors) == bits(found[0].loss.errors))
      #expect(loss.objective.map(bits) == found[0].loss.objective.map(bits))
    }
  }

  private func measure(
    _ values: [Float], _ weights: [Float]?, _ scaling: NVFP4Scaling, level: CPULevel
  ) -> (blocks: [UInt8], loss: EncodingLoss) {
    var blocks = [UInt8](repeating: 0xAA, count: values.count / 64 * 36)
    let loss = values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { blocks in
        func run(_ weights: UnsafeBufferPointer<Float>?) -> EncodingLoss {
          NVFP4.encodeMeasuring(
            values, weights: weights, scaling: scaling, into: blocks, level: level)
        }
        return weights.map { $0.withUnsafeBufferPointer { run($0) } } ?? run(nil)
      }
    }
    return (blocks, loss)
  }

  private func squares(_ a: [Float], _ b: [Float], _ range: Range<Int>) -> Double {
    range.reduce(0) { sum, index in
      let error = Double(a[index]) - Double(b[index])
      return sum + error * error
    }
  }

  /// √(Σ error² / Σ value²) with the tensor's factor chosen as a caller does.
  private func relativeError(of values: [Float], _ scaling: NVFP4Scaling) -> Double {
    let factor = NVFP4.tensorScale(forMaximum: values.reduce(0) { max($0, $1.magnitude) })
    let blocks = encodeChoosing(values.map { $0 / factor }, nil, scaling)
    let decoded = decode(blocks, as: NVFP4.self).map { $0 * factor }
    let whole = 0..<values.count
    let zeros = [Float](repeating: 0, count: values.count)
    return (squares(values, decoded, whole) / squares(values, zeros, whole)).squareRoot()
  }

  /// Sums of twelve uniform numbers: as good as a normal distribution up to four deviations.
  private func normal(_ count: Int) -> [Float] {
    var generator = SplitMix64(state: 6)
    return (0..<count).map { _ in
      (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &generator) }
    }
  }

  private func encodeChoosing(
    _ values: [Float], _ weights: [Float]?, _ scaling: NVFP4Scaling,
    level: CPULevel = .current
  ) -> [UInt8] {
    var blocks = [UInt8](repeating: 0xAA, count: values.count / 64 * 36)
    values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { blocks in
        if let weights {
          weights.withUnsafeBufferPointer {
            NVFP4.encode(values, weights: $0, scaling: scaling, into: blocks, level: level)
          }
        } else {
          NVFP4.encode(values, scaling: scaling, into: blocks, level: level)
        }
      }
    }
    return blocks
  }

  /// One block at a time, which is too short for a kernel.
  private func encodeBlockwise(
    _ values: [Float], _ weights: [Float]?, _ scaling: NVFP4Scaling
  ) -> [UInt8] {
    stride(from: 0, to: values.count, by: 64).flatMap { start in
      let block = Array(values[start..<start + 64])
      return scaling == .nearest
        ? encodePlain(block, as: NVFP4.self)
        : encodeChoosing(block, weights.map { Array($0[start..<start + 64]) }, scaling)
    }
  }
}
