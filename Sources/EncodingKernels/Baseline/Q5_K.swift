internal import CEncodingKernels

/// The kernels of Q5_K: scales and minimums in 16 bytes, then 32 bytes of fifth
/// bits and 128 of nibbles.
public enum Q5_K {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    AffineSuperBlock.withMemory(64) { multipliers in
      for batch in 0..<batchCount {
        let block = blocks + batch &* 176
        let target = values + batch &* 1024
        PackedScales.multipliers(block, into: multipliers)
        let isFinite = PackedScales.isFinite(block)
        var fifthBits = ingot_load_u8x32(block + 16)
        for pair in 0..<4 {
          let bytes = ingot_load_u8x32(block + 48 + 32 &* pair)
          let lane = multipliers + 8 &* pair
          let run = target + 256 &* pair
          let lower = ingot_masked(ingot_shifted_left(fifthBits, 4), 16)
          let upper = ingot_masked(ingot_shifted_left(fifthBits, 3), 16)
          fifthBits = ingot_shifted_right(fifthBits, 2)
          store(ingot_with_bits(ingot_masked(bytes, 15), lower), lane, isFinite, to: run)
          store(
            ingot_with_bits(ingot_shifted_right(bytes, 4), upper), lane + 4, isFinite, to: run + 128
          )
        }
      }
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    SixBitSuperBlock.encode(
      values, batchCount, blocks, byteCount: 176, top: 31, first: -0.5, candidateCount: 16
    ) { storeCodes($0, $1, $2, in: $3) }
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    SixBitSuperBlock.encodeWeighted(
      values, weights, batchCount, blocks, byteCount: 176, top: 31, isClamped: true
    ) { storeCodes($0, $1, $2, in: $3) }
  }

  @inline(__always)
  private static func storeCodes(
    _ values: UnsafeRawPointer, _ found: UnsafeRawPointer, _ multipliers: UnsafeRawPointer,
    in block: UnsafeMutableRawPointer
  ) {
    var fifthBits = SIMD32<UInt8>()
    for pair in 0..<4 {
      let lower = codes(values, 2 &* pair, found, multipliers)
      let upper = codes(values, 2 &* pair &+ 1, found, multipliers)
      ingot_store_u8x32(
        block + 48 + 32 &* pair,
        ingot_with_bits(ingot_masked(lower, 15), ingot_shifted_left(upper, 4)))
      // Those of later pairs come in above.
      fifthBits = ingot_with_bits(
        ingot_shifted_right(fifthBits, 2),
        ingot_with_bits(
          ingot_shifted_left(ingot_masked(lower, 16), 2),
          ingot_shifted_left(ingot_masked(upper, 16), 3)))
    }
    ingot_store_u8x32(block + 16, fifthBits)
  }

  @inline(__always)
  private static func codes(
    _ values: UnsafeRawPointer, _ index: Int, _ found: UnsafeRawPointer,
    _ multipliers: UnsafeRawPointer
  ) -> SIMD32<UInt8> {
    let scale = ingot_load_f32(multipliers + 4 &* index)
    let minimum = ingot_load_f32(multipliers + 32 + 4 &* index)
    let run = values + 128 &* index
    let lane = found + 4 &* index
    let lower = AffineSuperBlock.scaled(run, scale: scale, minimum: minimum, found: lane)
    let upper = AffineSuperBlock.scaled(run + 64, scale: scale, minimum: minimum, found: lane)
    return ingot_run_codes(ingot_join_runs(lower, upper), 31)
  }

  @inline(__always)
  private static func store(
    _ codes: SIMD32<UInt8>, _ multipliers: UnsafeRawPointer, _ isFinite: Bool,
    to values: UnsafeMutableRawPointer
  ) {
    let floats = ingot_floats(ingot_codes_from_unsigned(codes))
    let product = ingot_multiply(floats, ingot_load_f32(multipliers))
    let decoded = ingot_subtract(product, ingot_load_f32(multipliers + 32))
    ingot_store_f32x32(values, isFinite ? decoded : ingot_canonical_nan(decoded))
  }
}
