internal import CEncodingKernels

/// The kernels of Q2_K: 16 bytes with a scale and a minimum for 16 values each, 64 bytes of 2-bit
/// codes, two F16 scales.
public enum Q2_K {
  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func decode(
    _ blocks: UnsafeRawPointer, _ batchCount: Int, _ values: UnsafeMutableRawPointer
  ) {
    for batch in 0..<batchCount {
      let block = blocks + batch &* 84
      let scales = Scales(block)
      let isFinite = scales.isFinite
      for half in 0..<2 {
        var bytes = ingot_load_u8x32(block + 16 + 32 &* half)
        for run in 4 &* half..<4 &* half &+ 4 {
          let codes = ingot_floats(ingot_codes_from_unsigned(ingot_masked(bytes, 3)))
          let (lower, upper) = (scales.part(block, 2 &* run), scales.part(block, 2 &* run &+ 1))
          let product = ingot_multiply_halves(codes, lower.scale, upper.scale)
          let decoded = ingot_subtract_halves(product, lower.minimum, upper.minimum)
          ingot_store_f32x32(
            values + batch &* 1024 + 128 &* run,
            isFinite ? decoded : ingot_canonical_nan(decoded))
          bytes = ingot_shifted_right(bytes, 2)
        }
      }
    }
  }

  /// See `KernelTable` in `Encodings` for the contract.
  @inline(never)
  public static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    AffineSuperBlock.withMemory(memoryByteCount) { memory in
      let (found, codes) = (memory + foundOffset, memory + codesOffset)
      for batch in 0..<batchCount {
        let source = values + batch &* 1024
        AffineSuperBlock.transpose(source, count: 16, into: memory, eight: 0)
        AffineSuperBlock.transpose(source + 512, count: 16, into: memory, eight: 1)
        for index in 0..<16 {
          let magnitude = ingot_lanes_magnitude(ingot_load_f32x16(memory + 64 &* index))
          ingot_store_f32x16(memory + 64 &* index + AffineSearch.weightsOffset, magnitude)
        }
        searchAffine(
          memory, count: 16, top: 3, first: -0.5, increment: 0.1, candidateCount: 16,
          isSquared: false, found: found)
        let scale = AffineSuperBlock.codeByHighest(
          found + AffineSearch.scalesOffset, count: 16, top: 15, codes: codes)
        let minimum = AffineSuperBlock.codeByHighest(
          found + AffineSearch.minimumsOffset, count: 16, top: 15, codes: codes + 64)
        store(
          source, found, scale: scale, minimum: minimum, codes: codes, in: blocks + batch &* 84)
      }
    }
  }

  /// See `WeightedKernel` in `Encodings` for the contract.
  @inline(never)
  public static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ rowMeanSquare: Float,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer
  ) {
    AffineSuperBlock.withMemory(memoryByteCount) { memory in
      let codes = memory + codesOffset
      for first in stride(from: 0, to: batchCount, by: 8) {
        let count = min(8, batchCount &- first)
        let start = values + 1024 &* first
        search(start, weights + 1024 &* first, count, memory)
        for index in 0..<count {
          AffineSuperBlock.gatherCodes(memory + rowsOffset, partCount: 16, index, into: codes)
          let scales = memory + scalesOffset + 4 &* index
          store(
            start + 1024 &* index, memory + foundOffset + index &* AffineSearch.foundByteCount,
            scale: ingot_load_f32(scales), minimum: ingot_load_f32(scales + 32), codes: codes,
            in: blocks + (first &+ index) &* 84)
        }
      }
    }
  }

  // Scratch memory: the columns of a search; what was found in eight super-blocks; the rows of
  // `searchScales` and its scales; 32 codes; the square sums of super-blocks.
  private static let foundOffset = AffineSearch.columnsByteCount
  private static let rowsOffset = foundOffset + 8 * AffineSearch.foundByteCount
  private static let scalesOffset = rowsOffset + ScaleSearch.rowsByteCount
  private static let codesOffset = scalesOffset + 64
  private static let squareSumsOffset = codesOffset + 128
  private static let memoryByteCount = squareSumsOffset + 64

  /// Searches up to eight super-blocks for weights, then their scales and minimums.
  @inline(__always)
  private static func search(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ superBlockCount: Int,
    _ memory: UnsafeMutableRawPointer
  ) {
    let (sums, rows) = (memory + squareSumsOffset, memory + rowsOffset)
    AffineSuperBlock.squareSums(values, superBlockCount, into: sums)
    for index in 0..<superBlockCount {
      for eight in 0..<2 {
        let start = 1024 &* index &+ 512 &* eight
        AffineSuperBlock.transpose(values + start, count: 16, into: memory, eight: eight)
        AffineSuperBlock.transpose(
          weights + start, count: 16, into: memory + AffineSearch.weightsOffset, eight: eight)
      }
      let spread = ingot_lanes(ingot_load_f32(sums + 4 &* index) / 256)
      AffineSuperBlock.weighByMagnitude(memory, count: 16, spread: spread)
      let found = memory + foundOffset + index &* AffineSearch.foundByteCount
      searchAffine(
        memory, count: 16, top: 3, first: -0.9, increment: 0.05, candidateCount: 37,
        isSquared: true, found: found)
      AffineSuperBlock.arrange(found, partCount: 16, index, rows: rows)
    }
    searchScales(rows, count: 16, top: 15, scales: memory + scalesOffset)
  }

  /// Writes a super-block; one that is not finite, as such. `codes` has those of its scales and, 64
  /// bytes on, those of its minimums, as 32-bit integers.
  @inline(__always)
  private static func store(
    _ values: UnsafeRawPointer, _ found: UnsafeRawPointer, scale: Float, minimum: Float,
    codes: UnsafeRawPointer, in block: UnsafeMutableRawPointer
  ) {
    guard ingot_is_finite_batch(values) else { return storeInvalid(block) }
    ingot_store_u16(block + 80, ingot_one_f16_from_f32(scale))
    ingot_store_u16(block + 82, ingot_one_f16_from_f32(minimum))
    for part in 0..<16 {
      let scaleCode = ingot_load_i32(codes + 4 &* part)
      let minimumCode = ingot_load_i32(codes + 64 + 4 &* part)
      ingot_store_code(block + part, scaleCode | minimumCode &<< 4)
    }
    let scales = Scales(block)
    for half in 0..<2 {
      var bits = SIMD32<UInt8>()
      for run in 4 &* half..<4 &* half &+ 4 {
        let (lower, upper) = (scales.part(block, 2 &* run), scales.part(block, 2 &* run &+ 1))
        let (start, lane) = (values + 128 &* run, found + 8 &* run)
        let scaled = ingot_join_runs(
          AffineSuperBlock.scaled(start, scale: lower.scale, minimum: lower.minimum, found: lane),
          AffineSuperBlock.scaled(
            start + 64, scale: upper.scale, minimum: upper.minimum, found: lane + 4))
        let codes = ingot_run_codes(scaled, 3)
        // Those of later runs come in above.
        bits = ingot_with_bits(ingot_shifted_right(bits, 2), ingot_shifted_left(codes, 6))
      }
      ingot_store_u8x32(block + 16 + 32 &* half, bits)
    }
  }

  private static func storeInvalid(_ block: UnsafeMutableRawPointer) {
    for offset in stride(from: 0, to: 80, by: 16) {
      ingot_store_u8x16(block + offset, SIMD16())
    }
    ingot_store_u16(block + 80, 0x7E00)
    ingot_store_u16(block + 82, 0x7E00)
  }

  /// The two scales of a super-block as decoding reads them.
  private struct Scales {
    var scale: Float
    var minimum: Float

    @inline(__always)
    init(_ block: UnsafeRawPointer) {
      scale = ingot_one_f32_from_f16(ingot_load_u16(block + 80))
      minimum = ingot_one_f32_from_f16(ingot_load_u16(block + 82))
    }

    @inline(__always)
    var isFinite: Bool { scale - scale == 0 && minimum - minimum == 0 }

    /// What the codes of sub-block `index` are multiplied by, and what is subtracted then.
    @inline(__always)
    func part(_ block: UnsafeRawPointer, _ index: Int) -> (scale: Float, minimum: Float) {
      let byte = ingot_byte_at(block + index)
      return (scale * Float(byte & 15), minimum * Float(byte &>> 4))
    }
  }
}
