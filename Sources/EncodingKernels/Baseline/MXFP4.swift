internal import CEncodingKernels

/// The kernels of MXFP4: an E8M0 exponent, then 16 bytes of nibbles.
public enum MXFP4 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      let source = blocks + block &* 17
      let exponent = Int32(ingot_load_u16(source) & 0xFF)
      let scale = exponent < 255 ? ingot_half_of_e8m0(exponent) : Float.nan
      let codes = ingot_unpack_nibbles(ingot_load_u8x16(source + 1))
      let decoded = ingot_multiply(ingot_doubled_e2m1(codes), scale)
      ingot_store_f32x32(
        values + block &* 128, exponent < 255 ? decoded : ingot_canonical_nan(decoded))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let source = values + batch &* 1024
      let exponents = ingot_mxfp4_exponents(ingot_highest_magnitudes(source))
      for index in 0..<8 {
        let block = blocks + (batch &* 136 &+ index &* 17)
        let exponent = exponents[index]
        let reference = ingot_load_f32x32(source + index &* 128)
        let codes = ingot_mxfp4_codes(reference, ingot_half_of_e8m0(exponent))
        ingot_store_mxfp4(
          block, exponent, exponent < 255 ? ingot_pack_nibbles(codes) : SIMD16())
      }
    }
  }
}
