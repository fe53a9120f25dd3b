internal import CEncodingKernels

/// Memory for eight blocks of 32 values while they are encoded, transposed so that a vector has one
/// element of each.
typealias BlockScratch = ingot_block_scratch

extension ingot_block_scratch {
  @inline(__always)
  static func withScratch(_ body: (BlockScratch) -> Void) {
    withUnsafeTemporaryAllocation(
      byteCount: 2048 + CodebookLanes.tableByteCount, alignment: 32
    ) { bytes in
      guard let address = bytes.baseAddress else { return }
      body(BlockScratch(values: address, weights: address + 1024, tables: address + 2048))
    }
  }

  /// Transposes 256 values.
  @inline(__always)
  func load(_ source: UnsafeRawPointer) { Self.transpose(source, to: values) }

  /// Transposes 256 weights.
  @inline(__always)
  func loadWeights(_ source: UnsafeRawPointer) { Self.transpose(source, to: weights) }

  @inline(__always)
  private static func transpose(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer
  ) {
    for step in 0..<4 { ingot_transpose(source + step &* 32, 128, target + step &* 256) }
  }

  /// Makes the weight of each value its square.
  @inline(__always)
  func weighBySquares() {
    for index in 0..<32 {
      let value = ingot_load_f32x8(values + index &* 32)
      ingot_store_f32x8(weights + index &* 32, ingot_times(value, value))
    }
  }

  /// Σ value² of each block, one element after the other.
  @inline(__always)
  func sumsOfSquares() -> SIMD8<Float> {
    var sums = ingot_all(0)
    for index in 0..<32 {
      let value = ingot_load_f32x8(values + index &* 32)
      sums = ingot_plus(sums, ingot_times(value, value))
    }
    return sums
  }

  /// Multiplies each weight by √(`meanSquares` + value²).
  @inline(__always)
  func emphasize(_ meanSquares: SIMD8<Float>) {
    for index in 0..<32 {
      let value = ingot_load_f32x8(values + index &* 32)
      let root = ingot_square_root(ingot_plus(meanSquares, ingot_times(value, value)))
      let weight = ingot_load_f32x8(weights + index &* 32)
      ingot_store_f32x8(weights + index &* 32, ingot_times(weight, root))
    }
  }

  /// What blocks with a scale and codes about `limit` are made of.
  @inline(__always)
  func searchSymmetric(
    limit: Float
  ) -> (scaleBits: SIMD8<UInt16>, inverses: SIMD8<Float>) {
    let lanes = SymmetricLanes(
      values, weights: weights, products: tables, count: 32, limit: limit)
    let scales = ingot_nan_unless_finite(ingot_canonical_lanes(lanes.scales), lanes.peaks.bits)
    let isNumber = ingot_is_equal(scales, scales)
    return (
      ingot_eight_f16_from_f32(scales), ingot_choose(isNumber, lanes.inverses, ingot_all(0))
    )
  }

  /// The codes of a block: value × `inverse`, rounded, plus `limit`; 0 if `inverse` is 0.
  @inline(__always)
  static func symmetricCodes(
    of values: UnsafeRawPointer, inverse: Float, limit: Int32
  ) -> SIMD32<UInt8> {
    let factor = ingot_all(inverse)
    let codes = ingot_join(
      symmetricCode(values, factor, limit), symmetricCode(values + 32, factor, limit),
      symmetricCode(values + 64, factor, limit), symmetricCode(values + 96, factor, limit))
    return inverse == 0 ? SIMD32() : ingot_bytes(codes)
  }

  @inline(__always)
  private static func symmetricCode(
    _ values: UnsafeRawPointer, _ factor: SIMD8<Float>, _ limit: Int32
  ) -> SIMD8<Int32> {
    let scaled = ingot_times(factor, ingot_load_f32x8(values))
    return ingot_lanes_plus(ingot_nearest_integer_between(scaled, -limit, limit &- 1), limit)
  }
}
