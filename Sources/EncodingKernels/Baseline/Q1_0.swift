internal import CEncodingKernels

/// The kernels of Q1_0: an F16 scale, then 128 bits.
public enum Q1_0 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<2 &* batchCount {
      let source = blocks + block &* 18
      let scale = ingot_one_f32_from_f16(ingot_load_u16(source))
      for part in 0..<4 {
        let bits = ingot_load_u32(source + (2 &+ part &* 4))
        Ternary.store(
          ingot_scale_with_signs(scale, bits), scale, values + (block &* 512 &+ part &* 128))
      }
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let source = values + batch &* 1024
      // Each sum is a chain of additions; two at a time take no longer than one.
      var first: Float = 0
      var second: Float = 0
      for index in 0..<128 {
        first += ingot_load_f32(source + index &* 4).magnitude
        second += ingot_load_f32(source + (512 &+ index &* 4)).magnitude
      }
      encodeBlock(source, first, blocks + batch &* 36)
      encodeBlock(source + 512, second, blocks + (batch &* 36 &+ 18))
    }
  }

  @inline(__always)
  private static func encodeBlock(
    _ values: UnsafeRawPointer, _ sum: Float, _ block: UnsafeMutableRawPointer
  ) {
    let highest = Ternary.scale(values, blockCount: 4)
    let isFinite = highest - highest == 0
    ingot_store_as_f16(block, isFinite ? sum / 128 : highest)
    for part in 0..<4 {
      let bits = ingot_lanes_not_negative(ingot_load_f32x32(values + part &* 128))
      ingot_store_u32(block + (2 &+ part &* 4), isFinite ? bits : 0)
    }
  }
}
