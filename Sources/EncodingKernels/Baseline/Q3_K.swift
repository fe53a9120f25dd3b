internal import CEncodingKernels

/// The kernels of Q3_K: 32 bytes of upper bits, 64 of lower bits, 12 of 6-bit scales and an F16
/// scale.
public enum Q3_K {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let block = blocks + batch &* 110
      let superScale = ingot_one_f32_from_f16(ingot_load_u16(block + 108))
      let upperBits = ingot_load_u8x32(block)
      let scaleCodes = unpackScales(block + 96)
      for part in 0..<8 {
        let lower = ingot_shifted_right(
          ingot_load_u8x32(block + 32 + part / 4 &* 32), Int32(part % 4 &* 2))
        let upper = ingot_masked(ingot_shifted_right(upperBits, Int32(part)), 1)
        let codes = ingot_with_bits(ingot_masked(lower, 3), ingot_shifted_left(upper, 2))
        let decoded = ingot_multiply_halves(
          ingot_subtract(ingot_floats(ingot_codes_from_unsigned(codes)), 4),
          superScale * Float(Int32(scaleCodes[2 &* part]) &- 32),
          superScale * Float(Int32(scaleCodes[2 &* part &+ 1]) &- 32))
        ingot_store_f32x32(
          values + batch &* 1024 + part &* 128,
          superScale - superScale == 0 ? decoded : ingot_canonical_nan(decoded))
      }
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    encode(values, batchCount, blocks) { _, _ in }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encodeMeasuring(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer,
    _ lanes: UnsafeMutableRawPointer
  ) -> Bool {
    var measurement = Measurement(lanes)
    encode(values, batchCount, blocks) { source, scratch in
      for pair in 0..<8 {
        let codes = ingot_codes_from_unsigned(ingot_load_u8x32(scratch.codes + pair &* 32))
        let decoded = ingot_multiply_halves(
          ingot_floats_less(codes, 4), ingot_load_f32(scratch.scales + pair &* 8),
          ingot_load_f32(scratch.scales + pair &* 8 + 4))
        measurement.add(ingot_load_f32x32(source + pair &* 128), decoded)
      }
    }
    return measurement.store(lanes)
  }

  /// `measure` gets each super-block with the scratch that holds its codes and scales; they mean
  /// nothing if a value is not finite.
  ///
  /// The steps of a search wait for each other, so two super-blocks go side by side; if the last
  /// one is alone, it is its own neighbour.
  @inline(__always)
  private static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer,
    measure: (UnsafeRawPointer, SuperBlockScratch) -> Void
  ) {
    SuperBlockScratch.withPair { first, second in
      for batch in stride(from: 0, to: batchCount, by: 2) {
        let next = min(batch &+ 1, batchCount &- 1)
        first.load(values + batch &* 1024)
        second.load(values + next &* 1024)
        searchByDescent(first, second)
        encodeSearched(values + batch &* 1024, first, blocks + batch &* 110)
        measure(values + batch &* 1024, first)
        guard next != batch else { break }
        encodeSearched(values + next &* 1024, second, blocks + next &* 110)
        measure(values + next &* 1024, second)
      }
    }
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    SuperBlockScratch.withPair { scratch, scales in
      for batch in 0..<batchCount {
        let source = values + batch &* 1024
        let block = blocks + batch &* 110
        scratch.load(source)
        scratch.loadWeights(weights + batch &* 1024)
        scratch.emphasize(2 * ingot_sum_of_squares(source) / 256, sums: scales.scales)
        let areFinite = scratch.searchSymmetric(limit: 4)
        let found = SymmetricTries(scratch.scales, weights: scales.scales, limit: 32)
        guard areFinite, found.scale == found.scale else {
          storeInvalid(block)
          continue
        }
        storeScales(scratch, found.scale, found.inverse, isBlank: found.isBlank, block)
        scratch.storeCodes(of: source, limit: 4) { part, index in
          scratch.symmetricCode(of: source, part: part, index: index, limit: 4)
        }
        packCodes(scratch.codes, block)
      }
    }
  }

  /// Leaves scales and codes in both, and the inverse 0 where the peak counts as zero; the inverse
  /// NaN marks sub-blocks that are not finite.
  @inline(__always)
  private static func searchByDescent(_ first: SuperBlockScratch, _ second: SuperBlockScratch) {
    var a = first.descent(group: 0)
    var b = first.descent(group: 1)
    var c = second.descent(group: 0)
    var d = second.descent(group: 1)
    for _ in 0..<5 {
      for index in 0..<Int32(16) {
        a.step(index)
        b.step(index)
        c.step(index)
        d.step(index)
      }
      a.beginPass()
      b.beginPass()
      c.beginPass()
      d.beginPass()
      guard max(a.last, b.last, c.last, d.last) >= 0 else { break }
    }
    first.store(a, group: 0)
    first.store(b, group: 1)
    second.store(c, group: 0)
    second.store(d, group: 1)
  }

  @inline(__always)
  private static func encodeSearched(
    _ values: UnsafeRawPointer, _ scratch: SuperBlockScratch, _ block: UnsafeMutableRawPointer
  ) {
    guard scratch.areFinite else { return storeInvalid(block) }
    let peak = scratch.peakOfScales()
    let inverse = -32 / peak
    let isBlank = peak == 0
    storeScales(scratch, isBlank ? 0 : 1 / inverse, inverse, isBlank: isBlank, block)
    scratch.storeCodes(of: values, limit: 4) { part, index in
      scratch.descentCode(part: part, index: index)
    }
    packCodes(scratch.codes, block)
  }

  /// Writes the scales of a block; in the scratch they become d × scale.
  @inline(__always)
  private static func storeScales(
    _ scratch: SuperBlockScratch, _ superScale: Float, _ inverse: Float, isBlank: Bool,
    _ block: UnsafeMutableRawPointer
  ) {
    let superScaleBits = ingot_one_f16_from_f32(superScale)
    let rounded = ingot_one_f32_from_f16(superScaleBits)
    ingot_store_u16(block + 108, superScaleBits)
    for group in 0..<2 {
      let scaled = ingot_times(ingot_all(inverse), ingot_load_f32x8(scratch.scales + group &* 32))
      let codes =
        isBlank ? SIMD8(repeating: -32) : ingot_nearest_integer_between(scaled, -32, 31)
      ingot_store_u8x8(
        scratch.codes + group &* 8, ingot_lanes_as_bytes(ingot_lanes_plus(codes, 32)))
      ingot_store_f32x8(
        scratch.scales + group &* 32, ingot_times(ingot_all(rounded), ingot_lanes_as_floats(codes)))
    }
    let words = (
      ingot_load_u32(scratch.codes), ingot_load_u32(scratch.codes + 4),
      ingot_load_u32(scratch.codes + 8), ingot_load_u32(scratch.codes + 12)
    )
    let nibbles: UInt32 = 0x0F0F_0F0F
    let pairs: UInt32 = 0x0303_0303
    ingot_store_u32(block + 96, words.0 & nibbles | (words.2 & nibbles) &<< 4)
    ingot_store_u32(block + 100, words.1 & nibbles | (words.3 & nibbles) &<< 4)
    let lower = words.0 &>> 4 & pairs | (words.1 &>> 4 & pairs) &<< 2
    let upper = words.2 &>> 4 & pairs | (words.3 &>> 4 & pairs) &<< 2
    ingot_store_u32(block + 104, lower | upper &<< 4)
  }

  /// The 16 scales, each in one byte.
  @inline(__always)
  private static func unpackScales(_ scales: UnsafeRawPointer) -> SIMD16<UInt8> {
    let words = (
      ingot_load_u32(scales), ingot_load_u32(scales + 4), ingot_load_u32(scales + 8)
    )
    let nibbles: UInt32 = 0x0F0F_0F0F
    let pairs: UInt32 = 0x0303_0303
    return unsafeBitCast(
      SIMD4(
        words.0 & nibbles | (words.2 & pairs) &<< 4,
        words.1 & nibbles | (words.2 &>> 2 & pairs) &<< 4,
        words.0 &>> 4 & nibbles | (words.2 &>> 4 & pairs) &<< 4,
        words.1 &>> 4 & nibbles | (words.2 &>> 6 & pairs) &<< 4), to: SIMD16<UInt8>.self)
  }

  @inline(__always)
  private static func packCodes(
    _ codes: UnsafeRawPointer, _ block: UnsafeMutableRawPointer
  ) {
    var upper = SIMD32<UInt8>()
    for half in 0..<2 {
      var lower = SIMD32<UInt8>()
      for quarter in 0..<4 {
        let bytes = ingot_load_u8x32(codes + half &* 128 + quarter &* 32)
        lower = ingot_with_bits(
          lower, ingot_shifted_left(ingot_masked(bytes, 3), Int32(quarter &* 2)))
        upper = ingot_with_bits(
          upper,
          ingot_shifted_left(ingot_shifted_right(bytes, 2), Int32(half &* 4 &+ quarter)))
      }
      ingot_store_u8x32(block + 32 + half &* 32, lower)
    }
    ingot_store_u8x32(block, upper)
  }

  @inline(__always)
  private static func storeInvalid(_ block: UnsafeMutableRawPointer) {
    for index in 0..<3 { ingot_store_u8x32(block + index &* 32, SIMD32()) }
    for index in 0..<3 { ingot_store_u32(block + 96 + index &* 4, 0) }
    ingot_store_u16(block + 108, 0x7E00)
  }
}
