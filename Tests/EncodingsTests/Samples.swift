/// Values that have gone wrong somewhere, in blocks of 32.
enum Samples {
  /// Weights as they are: small, both signs.
  static func weights(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var generator = SplitMix64(state: seed)
    return (0..<count).map { _ in
      let sum = (0..<4).reduce(Float(0)) { total, _ in
        total + Float.random(in: -1...1, using: &generator)
      }
      return sum * 0.03
    }
  }

  /// Every exponent, each block about one of its own.
  static func exponents(seed: UInt64 = 2) -> [Float] {
    var generator = SplitMix64(state: seed)
    return (-149...127).flatMap { exponent in
      (0..<32).map { _ in
        Float(sign: .plus, exponent: exponent, significand: 1)
          * Float.random(in: -1.99...1.99, using: &generator)
      }
    }
  }

  /// Random bits: every kind of value, NaN and infinity included.
  static func anyBits(_ count: Int, seed: UInt64 = 3) -> [Float] {
    var generator = SplitMix64(state: seed)
    return (0..<count).map { _ in
      Float(bitPattern: UInt32.random(in: 0 ... .max, using: &generator))
    }
  }

  /// Finite weights with one `value` in each block, at every place.
  static func weights(withOne value: Float) -> [Float] {
    var values = weights(32 * 32)
    for block in 0..<32 { values[block * 33] = value }
    return values
  }

  /// Values half way between codes, for scales of 1 in each encoding.
  static var ties: [Float] {
    let peaks: [Float] = [127, -127, 8, -8, 15, 16, -16, 31]
    return peaks.flatMap { peak in
      [peak] + (0..<31).map { (Float($0) - 15.5) * (peak.magnitude / 16).rounded() }
    }
  }

  /// Blocks of one value, and zeros of mixed signs.
  static var constants: [Float] {
    let values: [Float] = [
      0, -0.0, 1, -1, 0.1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e-42, -1e-42,
      .leastNormalMagnitude, 65504, 65520, 1e30, .greatestFiniteMagnitude,
      -.greatestFiniteMagnitude,
    ]
    let blocks = values.flatMap { [Float](repeating: $0, count: 32) }
    let zeros = (0..<32).map { $0 % 3 == 1 ? Float(0) : -0.0 }
    return blocks + zeros + zeros.map { -$0 } + zeros.map { $0.sign == .plus ? 1 : $0 }
  }

  /// Weights in five steps of a kernel, with sums of squares that are zero or tiny in the second and
  /// the fourth.
  static var weightsWithGaps: [Float] {
    var values = weights(5 * 2048)
    for part in 0..<4 {
      values[2048 + 320 + 3 + 8 * part] = 0
      values[3 * 2048 + 640 + 5 + 8 * part] = 1e-20
    }
    return values
  }

  /// All of the above.
  static var all: [(name: String, values: [Float])] {
    [
      ("weights", weights(32 * 200)), ("exponents", exponents()), ("any bits", anyBits(32 * 400)),
      ("NaN", weights(withOne: .nan)), ("signaling NaN", weights(withOne: .signalingNaN)),
      ("infinity", weights(withOne: .infinity)), ("-infinity", weights(withOne: -.infinity)),
      ("outlier", weights(withOne: 1e38)), ("gaps", weightsWithGaps), ("ties", ties),
      ("constants", constants),
    ]
  }
}
