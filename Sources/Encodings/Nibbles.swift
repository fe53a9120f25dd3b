/// Codes of 4 and 5 bits as ggml packs 32 of them: byte j holds element j in its lower half and
/// element j + 16 in its upper half; bit i of a little-endian word is the fifth bit of element i.
enum Nibbles {
  /// The 32 codes at `offset`.
  static func codes(_ block: UnsafeRawBufferPointer, at offset: Int) -> [UInt8] {
    (0..<32).map { $0 < 16 ? block[offset + $0] & 15 : block[offset + $0 - 16] >> 4 }
  }

  /// The 32 codes at `offset`, with their fifth bits at `fifthBitsOffset`.
  static func codes(
    _ block: UnsafeRawBufferPointer, fifthBitsAt fifthBitsOffset: Int, at offset: Int
  ) -> [UInt8] {
    var codes = codes(block, at: offset)
    for index in codes.indices {
      let byte = block[fifthBitsOffset + index / 8]
      codes[index] |= (byte >> UInt8(index % 8) & 1) << 4
    }
    return codes
  }

  /// Writes the lower four bits of 32 codes.
  static func store(_ codes: [UInt8], in block: UnsafeMutableRawBufferPointer, at offset: Int) {
    for index in 0..<16 {
      block[offset + index] = codes[index] & 15 | codes[index + 16] << 4
    }
  }

  /// Writes the lower four bits and the fifth bits of 32 codes.
  static func store(
    _ codes: [UInt8], in block: UnsafeMutableRawBufferPointer,
    fifthBitsAt fifthBitsOffset: Int, at offset: Int
  ) {
    store(codes, in: block, at: offset)
    for byte in 0..<4 {
      block[fifthBitsOffset + byte] = (0..<8).reduce(0) { bits, bit in
        bits | (codes[8 * byte + bit] >> 4 & 1) << UInt8(bit)
      }
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Fills the block with zeros but for its scales, which come first and become NaN.
  func storeInvalidBlock(scaleCount: Int) {
    initializeMemory(as: UInt8.self, repeating: 0)
    for scale in 0..<scaleCount { storeHalf(.nan, at: 2 * scale) }
  }
}

/// `value`, or the NaN 0x7FC00000 for every NaN: which one arithmetic makes of two of them depends
/// on the order of its operands.
func canonical(_ value: Float) -> Float { value.isNaN ? .nan : value }
