import Encodings

/// Keeps of each block its first value, the sum of its weights and the mean square of its row:
/// everything that a weighted encoding may look at.
enum Telltale: WeightedEncoding {
  static let name = "TELLTALE"
  static let blockElementCount = 32
  static let blockByteCount = 12
  static let isQuantized = true
  static let greatestMagnitude = Float(100)
  static let overflowMagnitude = Float.infinity
  static let usesRowMeanSquare = true

  static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for index in values.indices {
      values[index] = blocks.loadUnaligned(fromByteOffset: index / 32 * 12, as: Float.self)
    }
  }

  static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    blocks.initializeMemory(as: UInt8.self, repeating: 0)
  }

  static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for block in 0..<(values.count / 32) {
      let first = block * 32
      let sum = weights[first..<(first + 32)].reduce(0, +)
      blocks.storeBytes(of: values[first], toByteOffset: block * 12, as: Float.self)
      blocks.storeBytes(of: sum, toByteOffset: block * 12 + 4, as: Float.self)
      blocks.storeBytes(of: rowMeanSquare, toByteOffset: block * 12 + 8, as: Float.self)
    }
  }
}
