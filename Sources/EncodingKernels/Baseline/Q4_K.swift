internal import CEncodingKernels

/// The kernels of Q4_K: scales and minimums in 16 bytes, then 128 bytes of nibbles.
public enum Q4_K {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    AffineSuperBlock.withMemory(64) { multipliers in
      for batch in 0..<batchCount {
        let block = blocks + batch &* 144
        let target = values + batch &* 1024
        PackedScales.multipliers(block, into: multipliers)
        let isFinite = PackedScales.isFinite(block)
        for pair in 0..<4 {
          let bytes = ingot_load_u8x32(block + 16 + 32 &* pair)
          let lane = multipliers + 8 &* pair
          let run = target + 256 &* pair
          store(ingot_masked(bytes, 15), lane, isFinite, to: run)
          store(ingot_shifted_right(bytes, 4), lane + 4, isFinite, to: run + 128)
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
      values, batchCount, blocks, byteCount: 144, top: 15, first: -1, candidateCount: 21
    ) { storeCodes($0, $1, $2, in: $3) }
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    SixBitSuperBlock.encodeWeighted(
      values, weights, batchCount, blocks, byteCount: 144, top: 15, isClamped: false
    ) { storeCodes($0, $1, $2, in: $3) }
  }

  @inline(__always)
  private static func storeCodes(
    _ values: UnsafeRawPointer, _ found: UnsafeRawPointer, _ multipliers: UnsafeRawPointer,
    in block: UnsafeMutableRawPointer
  ) {
    for pair in 0..<4 {
      let lower = codes(values, 2 &* pair, found, multipliers)
      let upper = codes(values, 2 &* pair &+ 1, found, multipliers)
      ingot_store_u8x32(
        block + 16 + 32 &* pair, ingot_with_bits(lower, ingot_shifted_left(upper, 4)))
    }
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
    return ingot_run_codes(ingot_join_runs(lower, upper), 15)
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
