internal import CEncodingKernels

/// The kernels of Q2_0: an F16 scale, then 16 bytes of four neighbours.
public enum Q2_0 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<4 &* batchCount {
      let source = blocks + block &* 18
      let scale = ingot_one_f32_from_f16(ingot_load_u16(source))
      for half in 0..<2 {
        let codes = ingot_unpack_neighbours(ingot_load_eight_bytes(source + (2 &+ half &* 8)))
        Ternary.store(
          ingot_scaled_trits(codes, scale), scale, values + (block &* 256 &+ half &* 128))
      }
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for block in 0..<4 &* batchCount {
      let target = blocks + block &* 18
      let scale = Ternary.scale(values + block &* 256, blockCount: 2)
      let inverse = Ternary.inverse(scale)
      // Without an inverse the codes are 0, unless every value is zero.
      let isBlank = inverse == 0 && scale != 0
      ingot_store_as_f16(target, scale)
      for half in 0..<2 {
        let source = ingot_load_f32x32(values + (block &* 256 &+ half &* 128))
        let bytes = ingot_pack_neighbours(ingot_trits(source, inverse))
        ingot_store_eight_bytes(target + (2 &+ half &* 8), isBlank ? SIMD8() : bytes)
      }
    }
  }
}
