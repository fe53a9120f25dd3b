internal import CEncodingKernels

/// The kernels of Q4_0: an F16 scale, then 16 bytes of nibbles.
public enum Q4_0 {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for block in 0..<8 &* batchCount {
      ingot_store_f32x32(values + block &* 128, decodeBlock(blocks + block &* 18))
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      encodeBatch(values + batch &* 1024, blocks + batch &* 144)
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  ///
  /// The scales of all blocks come first, and a block is measured while the next one is encoded: in
  /// one go, the steps for a block wait for each other longer than the processor looks ahead.
  @inline(never)
  public static func encodeMeasuring(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer,
    _ lanes: UnsafeMutableRawPointer
  ) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { scratch in
      guard let inverses = scratch.baseAddress else { return false }
      let decoders = inverses + 256
      for batch in 0..<batchCount {
        let scales = scales(values + batch &* 1024)
        ingot_store_f32x8(inverses + batch &* 32, ingot_reciprocals(scales))
        let bits = ingot_eight_f16_from_f32(scales)
        ingot_store_f32x8(decoders + batch &* 32, ingot_eight_f32_from_f16(bits))
        for index in 0..<8 {
          ingot_store_u16(blocks + (batch &* 144 &+ index &* 18), bits[index])
        }
      }
      var measurement = Measurement(lanes)
      let last = 8 &* batchCount &- 1
      var codes = storeCodes(0, values, inverses, blocks)
      for block in 0..<last {
        let next = storeCodes(block &+ 1, values, inverses, blocks)
        measure(block, codes, values, decoders, &measurement)
        codes = next
      }
      measure(last, codes, values, decoders, &measurement)
      return measurement.store(lanes)
    }
  }

  /// Stores the codes of a block that has a scale and returns them less 8.
  @inline(__always)
  private static func storeCodes(
    _ block: Int, _ values: UnsafeRawPointer, _ inverses: UnsafeRawPointer,
    _ blocks: UnsafeMutableRawPointer
  ) -> SIMD32<Float> {
    let scaled = ingot_multiply(
      ingot_load_f32x32(values + block &* 128), ingot_load_f32(inverses + block &* 4))
    let codes = ingot_at_most(ingot_integers(ingot_add(scaled, 8.5)), 15)
    ingot_store_u8x16(blocks + (block &* 18 &+ 2), ingot_nibbles(codes))
    return ingot_floats_less(codes, 8)
  }

  @inline(__always)
  private static func measure(
    _ block: Int, _ codes: SIMD32<Float>, _ values: UnsafeRawPointer, _ decoders: UnsafeRawPointer,
    _ measurement: inout Measurement
  ) {
    measurement.add(
      ingot_load_f32x32(values + block &* 128),
      ingot_multiply(codes, ingot_load_f32(decoders + block &* 4)))
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    BlockScratch.withScratch { scratch in
      for batch in 0..<batchCount {
        let source = values + batch &* 1024
        scratch.load(source)
        scratch.loadWeights(weights + batch &* 1024)
        scratch.emphasize(ingot_all(rowMeanSquare))
        let found = scratch.searchSymmetric(limit: 8)
        for index in 0..<8 {
          let bytes = BlockScratch.symmetricCodes(
            of: source + index &* 128, inverse: found.inverses[index], limit: 8)
          let block = blocks + (batch &* 8 &+ index) &* 18
          ingot_store_u16(block, found.scaleBits[index])
          ingot_store_u8x16(block + 2, ingot_pack_nibbles(bytes))
        }
      }
    }
  }

  @inline(__always)
  private static func decodeBlock(_ block: UnsafeRawPointer) -> SIMD32<Float> {
    let scale = ingot_one_f32_from_f16(ingot_load_u16(block))
    let codes = ingot_unpack_nibbles(ingot_load_u8x16(block + 2))
    let signed = ingot_subtract(ingot_floats(ingot_codes_from_unsigned(codes)), 8)
    let decoded = ingot_multiply(signed, scale)
    return scale - scale == 0 ? decoded : ingot_canonical_nan(decoded)
  }

  /// The scales of eight blocks before they are rounded; the NaN 0x7FC00000 where a value is not
  /// finite.
  @inline(__always)
  private static func scales(_ values: UnsafeRawPointer) -> SIMD8<Float> {
    let peaks = ingot_peaks(values)
    return ingot_nan_unless_finite(
      ingot_divide_eight(peaks, -8), ingot_magnitude_bits_of_eight(peaks))
  }

  /// Encodes eight blocks.
  @inline(__always)
  private static func encodeBatch(_ values: UnsafeRawPointer, _ blocks: UnsafeMutableRawPointer) {
    let scales = scales(values)
    let inverses = ingot_reciprocals(scales)
    let scaleBits = ingot_eight_f16_from_f32(scales)
    let blanks = ingot_blank_lanes(scales, inverses)
    for index in 0..<8 {
      let block = blocks + index &* 18
      ingot_store_u16(block, scaleBits[index])
      if blanks & 1 &<< UInt8(index) != 0 {
        ingot_store_u8x16(block + 2, SIMD16())
        continue
      }
      let scaled = ingot_multiply(ingot_load_f32x32(values + index &* 128), inverses[index])
      let codes = ingot_at_most(ingot_integers(ingot_add(scaled, 8.5)), 15)
      ingot_store_u8x16(block + 2, ingot_nibbles(codes))
    }
  }
}
