import Encodings

/// A class of values as make_ggml_goldens.py makes them, exact in F32.
struct GGMLValues {
  let name: String
  /// Elements in a row.
  let columnCount: Int
  let values: [Float]

  static let count = 8192

  static let all = [
    GGMLValues("weights", 512, bell(11), { _ in -27 }),
    GGMLValues("long rows", 2048, bell(12), { _ in -24 }),
    GGMLValues("heavy tails", 512, signed(13, 21).map { $0 * $0 * $0 }, { _ in -60 }),
    GGMLValues("an exponent each 32", 512, signed(14, 24), { $0 / 32 % 40 - 48 }),
    GGMLValues("an exponent each 256", 512, signed(14, 24), { -8 - $0 / 256 * 3 }),
    GGMLValues("constants of 32", 512, constants(of: 32), { $0 / 256 % 16 - 16 }),
    GGMLValues("constants of 256", 2048, constants(of: 256), { -10 - $0 / 2048 }),
    GGMLValues("few values", 512, sparse, { _ in -8 }),
    GGMLValues("one sign", 2048, bell(17).map(abs), { _ in -26 }),
  ]

  /// Encodes row after row with weights; no level means the plain loop.
  func encode(
    as encoding: any WeightedEncoding.Type, hasBlankWeights: Bool = false, level: CPULevel?
  ) -> [UInt8] {
    let weights = Self.columnWeights(columnCount, hasBlanks: hasBlankWeights)
    let rowByteCount = columnCount / encoding.blockElementCount * encoding.blockByteCount
    var blocks = [UInt8](repeating: 0xAA, count: values.count / columnCount * rowByteCount)
    blocks.withUnsafeMutableBytes { blocks in
      values.withUnsafeBufferPointer { values in
        weights.withUnsafeBufferPointer { weights in
          for row in 0..<values.count / columnCount {
            let source = UnsafeBufferPointer(
              rebasing: values[row * columnCount..<(row + 1) * columnCount])
            let target = UnsafeMutableRawBufferPointer(
              rebasing: blocks[row * rowByteCount..<(row + 1) * rowByteCount])
            let meanSquare = rowMeanSquare(of: source)
            if let level {
              encoding.encode(
                source, weights: weights, rowMeanSquare: meanSquare, into: target, level: level)
            } else {
              encoding.encodePlain(
                source, weights: weights, rowMeanSquare: meanSquare, into: target)
            }
          }
        }
      }
    }
    return blocks
  }

  /// 64 blocks of any bits, but for scales that are not finite.
  static func randomBlocks(of encoding: any Encoding.Type) -> [UInt8] {
    let byteCount = encoding.blockByteCount
    var blocks = integers(31, 64 * byteCount).map { UInt8(truncatingIfNeeded: $0) }
    for block in 0..<64 {
      for (offset, mask) in scaleMasks[encoding.name] ?? [] {
        blocks[block * byteCount + offset] &= mask
      }
    }
    return blocks
  }

  private init(
    _ name: String, _ columnCount: Int, _ numbers: [Int], _ exponent: (Int) -> Int
  ) {
    self.name = name
    self.columnCount = columnCount
    values = numbers.enumerated().map { index, number in
      Float(number) * Float(sign: .plus, exponent: exponent(index), significand: 1)
    }
  }

  private static func integers(_ seed: UInt64, _ count: Int = count) -> [UInt64] {
    var generator = SplitMix64(state: seed)
    return (0..<count).map { _ in generator.next() }
  }

  private static func signed(_ seed: UInt64, _ bitCount: Int, _ count: Int = count) -> [Int] {
    integers(seed, count).map { Int($0 >> UInt64(64 - bitCount)) - 1 << (bitCount - 1) }
  }

  /// Sums of four uniform numbers: near enough to a normal distribution.
  private static func bell(_ seed: UInt64) -> [Int] {
    let parts = signed(seed, 22, 4 * count)
    return (0..<count).map {
      parts[4 * $0] + parts[4 * $0 + 1] + parts[4 * $0 + 2] + parts[4 * $0 + 3]
    }
  }

  private static func constants(of length: Int) -> [Int] {
    let constants = [1, -1, 0, 3277, -13107, 65504, 7, -1025]
    return (0..<count).map { constants[$0 / length % 8] }
  }

  private static var sparse: [Int] {
    zip(integers(15), signed(16, 12)).map { $0 >> 58 == 0 ? $1 : 0 }
  }

  /// Spread widely, some 0; `hasBlanks` makes whole blocks 0.
  private static func columnWeights(_ count: Int, hasBlanks: Bool) -> [Float] {
    integers(21, count).enumerated().map { column, number in
      let isBlank = hasBlanks && column / 32 % 4 == 1
      return isBlank || number & 15 == 0 ? 0 : Float((number >> 40) * (number >> 40)) * 0x1p-48
    }
  }

  /// The byte of each scale that tells whether it is finite, and the bits that may stay.
  private static let scaleMasks: [String: [(offset: Int, mask: UInt8)]] = {
    let halves: [String: [Int]] = [
      "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82],
      "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ2_XXS": [0],
      "IQ2_XS": [0], "IQ3_XXS": [0], "IQ1_S": [0], "IQ4_NL": [0], "IQ3_S": [0], "IQ2_S": [0],
      "IQ4_XS": [0], "TQ1_0": [52], "TQ2_0": [64], "Q1_0": [0], "Q2_0": [0],
    ]
    var masks = halves.mapValues { $0.map { (offset: $0 + 1, mask: 0xBF as UInt8) } }
    masks["Q8_K"] = [(3, 0xBF)]
    masks["IQ1_M"] = [(55, 0xBF)]
    masks["MXFP4"] = [(0, 0x7F)]
    masks["NVFP4"] = (0..<4).map { ($0, 0x77) }
    return masks
  }()
}
