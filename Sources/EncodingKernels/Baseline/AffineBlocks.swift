internal import CEncodingKernels

/// What the weighted kernels of Q4_1 and Q5_1 share: blocks of 32 values with a scale and a minimum
/// by `AffineSearch`, sixteen blocks at a time.
enum AffineBlocks {
  /// Gives `store` the offset of each block of 32, the bits of its F16 scale and minimum, and its
  /// codes; a block that is not finite, or whose scale or minimum is NaN, as NaNs and zeros.
  ///
  /// If the number of batches is odd, the last one is its own neighbour and comes twice.
  @inline(__always)
  static func encode(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, top: Int32,
    store: (_ block: Int, _ scale: UInt16, _ minimum: UInt16, _ codes: SIMD32<UInt8>) -> Void
  ) {
    let byteCount = AffineSearch.columnsByteCount + AffineSearch.foundByteCount
    AffineSuperBlock.withMemory(byteCount) { memory in
      let found = memory + AffineSearch.columnsByteCount
      for batch in stride(from: 0, to: batchCount, by: 2) {
        let next = min(batch &+ 1, batchCount &- 1)
        for eight in 0..<2 {
          let offset = (eight == 0 ? batch : next) &* 1024
          AffineSuperBlock.transpose(values + offset, count: 32, into: memory, eight: eight)
          AffineSuperBlock.transpose(
            weights + offset, count: 32, into: memory + AffineSearch.weightsOffset, eight: eight)
        }
        AffineSuperBlock.weighByMagnitude(
          memory, count: 32, spread: ingot_lanes(rowMeanSquare))
        searchAffine(
          memory, count: 32, top: Float(top), first: -0.9, increment: 0.05, candidateCount: 37,
          isSquared: true, found: found)
        storeBatch(values + batch &* 1024, found, top) { store(batch &* 8 &+ $0, $1, $2, $3) }
        storeBatch(values + next &* 1024, found + 32, top) { store(next &* 8 &+ $0, $1, $2, $3) }
      }
    }
  }

  @inline(__always)
  private static func storeBatch(
    _ values: UnsafeRawPointer, _ found: UnsafeRawPointer, _ top: Int32,
    store: (_ block: Int, _ scale: UInt16, _ minimum: UInt16, _ codes: SIMD32<UInt8>) -> Void
  ) {
    let highest = ingot_highest_magnitudes(values)
    let scales = ingot_nan_unless_finite(
      ingot_load_f32x8(found + AffineSearch.scalesOffset), highest)
    let minimums = ingot_times(
      ingot_all(-1), ingot_load_f32x8(found + AffineSearch.minimumsOffset))
    let invalid = ingot_lane_mask(
      ingot_either(
        ingot_is_different(scales, scales), ingot_is_different(minimums, minimums)))
    let scaleBits = ingot_eight_f16_from_f32(scales)
    let minimumBits = ingot_eight_f16_from_f32(minimums)
    for index in 0..<8 {
      if invalid & 1 &<< UInt8(index) != 0 {
        store(index, 0x7E00, 0x7E00, SIMD32())
        continue
      }
      let origin = ingot_all(ingot_load_f32(found + AffineSearch.originsOffset + 4 &* index))
      let inverse = ingot_all(ingot_load_f32(found + AffineSearch.inversesOffset + 4 &* index))
      let block = values + 128 &* index
      let codes = ingot_join(
        code(block, origin, inverse, top), code(block + 32, origin, inverse, top),
        code(block + 64, origin, inverse, top), code(block + 96, origin, inverse, top))
      store(index, scaleBits[index], minimumBits[index], ingot_bytes(codes))
    }
  }

  @inline(__always)
  private static func code(
    _ values: UnsafeRawPointer, _ origin: SIMD8<Float>, _ inverse: SIMD8<Float>, _ top: Int32
  ) -> SIMD8<Int32> {
    let difference = ingot_minus(ingot_load_f32x8(values), origin)
    return ingot_nearest_integer_between(ingot_times(inverse, difference), 0, top)
  }
}
