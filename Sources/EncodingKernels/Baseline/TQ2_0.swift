internal import CEncodingKernels

/// The kernels of TQ2_0: 64 bytes of four codes, then an F16 scale.
public enum TQ2_0 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let block = blocks + batch &* 66
      let scale = ingot_one_f32_from_f16(ingot_load_u16(block + 64))
      for half in 0..<2 {
        let bytes = ingot_load_u8x32(block + half &* 32)
        let target = values + (batch &* 1024 &+ half &* 512)
        store(ingot_quarter(bytes, 0), scale, target)
        store(ingot_quarter(bytes, 2), scale, target + 128)
        store(ingot_quarter(bytes, 4), scale, target + 256)
        store(ingot_quarter(bytes, 6), scale, target + 384)
      }
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let block = blocks + batch &* 66
      let scale = Ternary.scale(values + batch &* 1024, blockCount: 8)
      let inverse = Ternary.inverse(scale)
      for half in 0..<2 {
        let source = values + (batch &* 1024 &+ half &* 512)
        let bytes = ingot_pack_quarters(
          ingot_trits(ingot_load_f32x32(source), inverse),
          ingot_trits(ingot_load_f32x32(source + 128), inverse),
          ingot_trits(ingot_load_f32x32(source + 256), inverse),
          ingot_trits(ingot_load_f32x32(source + 384), inverse))
        ingot_store_u8x32(block + half &* 32, scale - scale == 0 ? bytes : SIMD32())
      }
      ingot_store_as_f16(block + 64, scale)
    }
  }

  @inline(__always)
  private static func store(
    _ codes: SIMD32<UInt8>, _ scale: Float, _ values: UnsafeMutableRawPointer
  ) {
    Ternary.store(ingot_scaled_trits(codes, scale), scale, values)
  }
}
