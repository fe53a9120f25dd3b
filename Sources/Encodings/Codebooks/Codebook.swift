/// The groups of four or eight magnitudes (in IQ1: values) that the codes of an IQ type stand for.
///
/// The entries are facts of the format, given as digits: an entry of n elements is one hexadecimal
/// number, element j in its bits 2j and 2j + 1 (three bits for four elements), and `levels` says
/// what a digit means.
struct Codebook: Sendable {
  /// Elements in an entry: 8, or 4 in IQ3.
  let entryElementCount: Int
  /// The entries one after the other.
  let values: [Float]

  /// `digits` has four hexadecimal digits for an entry of eight elements, three for one of four.
  init(entryElementCount: Int, levels: [Float], digits: StaticString) {
    let digitCount = entryElementCount == 8 ? 4 : 3
    let bitCount = entryElementCount == 8 ? 2 : 3
    var values: [Float] = []
    digits.withUTF8Buffer { digits in
      values.reserveCapacity(digits.count / digitCount * entryElementCount)
      for start in stride(from: 0, to: digits.count, by: digitCount) {
        let entry = digits[start..<start + digitCount].reduce(0) { $0 << 4 | Self.number($1) }
        for element in 0..<entryElementCount {
          values.append(levels[entry >> (bitCount * element) & (1 << bitCount - 1)])
        }
      }
    }
    self.entryElementCount = entryElementCount
    self.values = values
  }

  /// How many entries there are.
  var entryCount: Int { values.count / entryElementCount }

  private static func number(_ digit: UInt8) -> Int {
    Int(digit) - (digit < 0x41 ? 0x30 : 0x37)
  }
}

/// The signs of eight elements as the IQ types store them: bit j is set if element j is negative.
enum GroupSigns {
  /// For each byte, eight masks to combine with the bits of a float by exclusive or.
  static let masks: [UInt32] = (0..<256 as Range<UInt32>).flatMap { byte in
    (0..<8 as Range<UInt32>).map { (byte >> $0) << 31 }
  }

  /// The byte for an index of seven bits: the eighth sign makes the number of minus signs even.
  /// Source: `ksigns_iq2xs` in ggml `ggml-common.h`.
  static func byte(_ index: UInt32) -> Int {
    let parity = index ^ index >> 4
    return Int(index | (0x6996 >> (parity & 15) & 1) << 7)
  }
}

/// Eight decoded values at a time; memory that the caller has checked.
struct GroupWriter {
  private let masks: UnsafePointer<UInt32>
  private let grid: UnsafePointer<Float>

  /// Calls `body` with a writer for entries of `codebook`.
  static func with(_ codebook: Codebook, _ body: (GroupWriter) -> Void) {
    codebook.values.withUnsafeBufferPointer { grid in
      GroupSigns.masks.withUnsafeBufferPointer { masks in
        guard let grid = grid.baseAddress, let masks = masks.baseAddress else { return }
        body(GroupWriter(masks: masks, grid: grid))
      }
    }
  }

  /// `scale` × the eight elements of one entry, with these signs.
  @inline(__always)
  func write(
    entry: Int, signs: Int, scale: Float, to values: UnsafeMutablePointer<Float>
  ) {
    let (elements, masks) = (grid + 8 * entry, masks + 8 * signs)
    for index in 0..<8 {
      let magnitude = scale * elements[index]
      values[index] = Float(bitPattern: magnitude.bitPattern ^ masks[index])
    }
  }

  /// `scale` × the four elements of each of two entries, with these signs.
  @inline(__always)
  func write(
    entries: (Int, Int), signs: Int, scale: Float, to values: UnsafeMutablePointer<Float>
  ) {
    let masks = masks + 8 * signs
    for index in 0..<4 {
      let low = scale * grid[4 * entries.0 + index]
      let high = scale * grid[4 * entries.1 + index]
      values[index] = Float(bitPattern: low.bitPattern ^ masks[index])
      values[4 + index] = Float(bitPattern: high.bitPattern ^ masks[4 + index])
    }
  }

  /// `scale` × (each of the eight elements of one entry + `shift`).
  @inline(__always)
  func write(
    entry: Int, shiftedBy shift: Float, scale: Float, to values: UnsafeMutablePointer<Float>
  ) {
    let elements = grid + 8 * entry
    for index in 0..<8 { values[index] = scale * (elements[index] + shift) }
  }
}

extension Encoding {
  /// Calls `body` for each super-block of 256 values with its bytes, its scale and where its values
  /// go. A block whose scale is NaN decodes as the NaN 0x7FC00000 without `body`.
  @inline(__always)
  static func decodeSuperBlocks(
    _ blocks: UnsafeRawBufferPointer, _ values: UnsafeMutableBufferPointer<Float>,
    scale: (UnsafeRawBufferPointer) -> Float,
    body: (UnsafeRawBufferPointer, Float, UnsafeMutablePointer<Float>) -> Void
  ) {
    guard let target = values.baseAddress else { return }
    for block in 0..<values.count / 256 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let scale = scale(source)
      let group = target + block * 256
      if scale.isNaN {
        group.update(repeating: .nan, count: 256)
      } else {
        body(source, scale, group)
      }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The little-endian 16 bits at `offset`.
  @inline(__always)
  func word(at offset: Int) -> UInt32 { UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 }
}
