internal import CEncodingKernels

/// The kernels of TQ1_0: 48 bytes of five trits, 4 bytes of four trits, then an F16 scale.
public enum TQ1_0 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let block = blocks + batch &* 54
      let target = values + batch &* 1024
      let scale = ingot_one_f32_from_f16(ingot_load_u16(block + 52))
      var bytes = ingot_load_u8x32(block)
      for part in 0..<5 {
        store(ingot_leading_trits(bytes), scale, target + part &* 128)
        bytes = ingot_without_leading_trits(bytes)
      }
      var pair = ingot_trit_bytes_and_next(ingot_load_u8x16(block + 32))
      store(ingot_leading_trits(pair), scale, target + 640)
      pair = ingot_without_leading_trits(ingot_without_leading_trits(pair))
      store(ingot_leading_trits(pair), scale, target + 768)
      let last = ingot_last_trit_sources(
        ingot_load_u8x16(block + 32), ingot_load_u32(block + 48))
      store(ingot_leading_trits(last), scale, target + 896)
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let source = values + batch &* 1024
      let block = blocks + batch &* 54
      let scale = Ternary.scale(source, blockCount: 8)
      let inverse = Ternary.inverse(scale)
      var head = ingot_trits(ingot_load_f32x32(source), inverse)
      for part in 1..<5 {
        head = ingot_append_trits(
          head, ingot_trits(ingot_load_f32x32(source + part &* 128), inverse))
      }
      let tail = ingot_last_trit_bytes(
        ingot_trits(ingot_load_f32x32(source + 640), inverse),
        ingot_trits(ingot_load_f32x32(source + 768), inverse),
        ingot_trits(ingot_load_f32x32(source + 896), inverse))
      let isFinite = scale - scale == 0
      ingot_store_u8x32(block, isFinite ? ingot_trit_bytes(head) : SIMD32())
      ingot_store_first_20(block + 32, isFinite ? tail : SIMD32())
      ingot_store_as_f16(block + 52, scale)
    }
  }

  @inline(__always)
  private static func store(
    _ trits: SIMD32<UInt8>, _ scale: Float, _ values: UnsafeMutableRawPointer
  ) {
    Ternary.store(ingot_scaled_trits(trits, scale), scale, values)
  }
}
