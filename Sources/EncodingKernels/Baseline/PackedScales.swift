internal import CEncodingKernels

/// The first 16 bytes of Q4_K and Q5_K: two F16 scales, then eight scales and eight minimums of 6
/// bits. `PackedScales` in `Encodings` has the layout.
enum PackedScales {
  /// Writes the scales of the super-block and the codes of the sub-blocks, which are 32-bit
  /// integers: those of the scales and, 64 bytes on, those of the minimums.
  @inline(__always)
  static func store(
    scale: Float, minimum: Float, codes: UnsafeRawPointer, in block: UnsafeMutableRawPointer
  ) {
    ingot_store_u16(block, ingot_one_f16_from_f32(scale))
    ingot_store_u16(block + 2, ingot_one_f16_from_f32(minimum))
    for index in 0..<4 {
      let first = codes + 4 &* index
      let (scale, upperScale) = (ingot_load_i32(first), ingot_load_i32(first + 16))
      let (minimum, upperMinimum) = (ingot_load_i32(first + 64), ingot_load_i32(first + 80))
      let target = block + 4 + index
      ingot_store_code(target, scale | (upperScale & 0x30) &<< 2)
      ingot_store_code(target + 4, minimum | (upperMinimum & 0x30) &<< 2)
      let lower = upperScale & 15 | (upperMinimum & 15) &<< 4
      ingot_store_code(target + 8, lower)
    }
  }

  /// What decoding multiplies the codes by, for each sub-block, and then what it subtracts: eight
  /// floats each.
  @inline(__always)
  static func multipliers(_ block: UnsafeRawPointer, into floats: UnsafeMutableRawPointer) {
    let scale = ingot_one_f32_from_f16(ingot_load_u16(block))
    let minimum = ingot_one_f32_from_f16(ingot_load_u16(block + 2))
    for index in 0..<4 {
      let byte = ingot_byte_at(block + 4 + index)
      let minimumByte = ingot_byte_at(block + 8 + index)
      let lower = ingot_byte_at(block + 12 + index)
      let target = floats + 4 &* index
      let upperCode = lower & 15 | (byte & 0xC0) &>> 2
      let upperMinimumCode = lower &>> 4 | (minimumByte & 0xC0) &>> 2
      ingot_store_f32(target, scale * Float(byte & 63))
      ingot_store_f32(target + 16, scale * Float(upperCode))
      ingot_store_f32(target + 32, minimum * Float(minimumByte & 63))
      ingot_store_f32(target + 48, minimum * Float(upperMinimumCode))
    }
  }

  /// Whether both scales of the super-block are finite: then no value that is decoded is NaN.
  @inline(__always)
  static func isFinite(_ block: UnsafeRawPointer) -> Bool {
    let scale = ingot_one_f32_from_f16(ingot_load_u16(block))
    let minimum = ingot_one_f32_from_f16(ingot_load_u16(block + 2))
    return scale - scale == 0 && minimum - minimum == 0
  }
}
