internal import CEncodingKernels

/// What Q4_K and Q5_K do alike: super-blocks of eight sub-blocks of 32 values, whose scales and
/// minimums have 6 bits. Two super-blocks fill the lanes of a search.
enum SixBitSuperBlock {
  // Scratch memory: the columns of a search; what was found in four pairs of super-blocks; the rows
  // of `searchScales` and its scales; 32 codes; 16 multipliers; the square sums of super-blocks.
  private static let foundOffset = AffineSearch.columnsByteCount
  private static let rowsOffset = foundOffset + 4 * AffineSearch.foundByteCount
  private static let scalesOffset = rowsOffset + ScaleSearch.rowsByteCount
  private static let codesOffset = scalesOffset + 64
  private static let multipliersOffset = codesOffset + 128
  private static let squareSumsOffset = multipliersOffset + 64
  private static let memoryByteCount = squareSumsOffset + 64

  /// Writes the codes of the values of one super-block; `found` is its first lane, `multipliers`
  /// are those of `PackedScales`.
  typealias StoreCodes = (
    _ values: UnsafeRawPointer, _ found: UnsafeRawPointer, _ multipliers: UnsafeRawPointer,
    _ block: UnsafeMutableRawPointer
  ) -> Void

  /// Encodes super-blocks with the codes 0...`top`; the steps of the search start with `first`.
  @inline(__always)
  static func encode(
    _ values: UnsafeRawPointer, _ batchCount: Int, _ blocks: UnsafeMutableRawPointer,
    byteCount: Int, top: Float, first: Float, candidateCount: Int, storeCodes: StoreCodes
  ) {
    AffineSuperBlock.withMemory(memoryByteCount) { memory in
      let codes = memory + codesOffset
      for pair in 0..<(batchCount &+ 1) &>> 1 {
        let start = values + 2048 &* pair
        let count = min(2, batchCount &- 2 &* pair)
        AffineSuperBlock.transpose(start, count: 32, into: memory, eight: 0)
        AffineSuperBlock.transpose(start + 1024 &* (count &- 1), count: 32, into: memory, eight: 1)
        lift(memory)
        searchAffine(
          memory, count: 32, top: top, first: first, increment: 0.1,
          candidateCount: candidateCount, isSquared: true, found: memory + foundOffset)
        for index in 0..<count {
          let source = start + 1024 &* index
          let block = blocks + (2 &* pair &+ index) &* byteCount
          let found = memory + foundOffset + 32 &* index
          let scale = AffineSuperBlock.codeByHighest(
            found + AffineSearch.scalesOffset, count: 8, top: 63, codes: codes)
          let minimum = AffineSuperBlock.codeByHighest(
            found + AffineSearch.minimumsOffset, count: 8, top: 63, codes: codes + 64)
          clamp(codes)
          finish(source, scale: scale, minimum: minimum, memory, block, byteCount) {
            storeCodes(source, found, $0, block)
          }
        }
      }
    }
  }

  /// Likewise for weights.
  @inline(__always)
  static func encodeWeighted(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ batchCount: Int,
    _ blocks: UnsafeMutableRawPointer, byteCount: Int, top: Float, isClamped: Bool,
    storeCodes: StoreCodes
  ) {
    AffineSuperBlock.withMemory(memoryByteCount) { memory in
      let codes = memory + codesOffset
      for first in stride(from: 0, to: batchCount, by: 8) {
        let count = min(8, batchCount &- first)
        let start = values + 1024 &* first
        search(start, weights + 1024 &* first, count, top: top, memory)
        for index in 0..<count {
          let source = start + 1024 &* index
          let block = blocks + (first &+ index) &* byteCount
          let found = self.found(index, memory)
          AffineSuperBlock.gatherCodes(memory + rowsOffset, partCount: 8, index, into: codes)
          if isClamped { clamp(codes) }
          let scales = memory + scalesOffset + 4 &* index
          let (scale, minimum) = (ingot_load_f32(scales), ingot_load_f32(scales + 32))
          finish(source, scale: scale, minimum: minimum, memory, block, byteCount) {
            storeCodes(source, found, $0, block)
          }
        }
      }
    }
  }

  /// Searches up to eight super-blocks for weights, then their scales and minimums.
  @inline(__always)
  private static func search(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ superBlockCount: Int, top: Float,
    _ memory: UnsafeMutableRawPointer
  ) {
    let sums = memory + squareSumsOffset
    AffineSuperBlock.squareSums(values, superBlockCount, into: sums)
    for pair in 0..<(superBlockCount &+ 1) &>> 1 {
      let (first, second) = (2 &* pair, min(2 &* pair &+ 1, superBlockCount &- 1))
      for eight in 0..<2 {
        let index = eight == 0 ? first : second
        AffineSuperBlock.transpose(values + 1024 &* index, count: 32, into: memory, eight: eight)
        AffineSuperBlock.transpose(
          weights + 1024 &* index, count: 32, into: memory + AffineSearch.weightsOffset,
          eight: eight)
      }
      let spread = ingot_two_eights(
        2 * ingot_load_f32(sums + 4 &* first) / 256, 2 * ingot_load_f32(sums + 4 &* second) / 256)
      AffineSuperBlock.weighByMagnitude(memory, count: 32, spread: spread)
      searchAffine(
        memory, count: 32, top: top, first: -0.9, increment: 0.05, candidateCount: 37,
        isSquared: true, found: found(first, memory))
    }
    let rows = memory + rowsOffset
    for index in 0..<superBlockCount {
      AffineSuperBlock.arrange(found(index, memory), partCount: 8, index, rows: rows)
    }
    searchScales(rows, count: 8, top: 63, scales: memory + scalesOffset)
  }

  /// The first lane of super-block `index` of eight.
  @inline(__always)
  private static func found(
    _ index: Int, _ memory: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    memory + foundOffset + index &>> 1 &* AffineSearch.foundByteCount + (index & 1) &* 32
  }

  /// Writes one super-block; one that is not finite, as such.
  @inline(__always)
  private static func finish(
    _ values: UnsafeRawPointer, scale: Float, minimum: Float, _ memory: UnsafeMutableRawPointer,
    _ block: UnsafeMutableRawPointer, _ byteCount: Int, storeCodes: (UnsafeRawPointer) -> Void
  ) {
    guard ingot_is_finite_batch(values) else {
      for offset in stride(from: 0, to: byteCount, by: 16) {
        ingot_store_u8x16(block + offset, SIMD16())
      }
      ingot_store_u16(block, 0x7E00)
      ingot_store_u16(block + 2, 0x7E00)
      return
    }
    PackedScales.store(scale: scale, minimum: minimum, codes: memory + codesOffset, in: block)
    PackedScales.multipliers(block, into: memory + multipliersOffset)
    storeCodes(memory + multipliersOffset)
  }

  @inline(__always)
  private static func clamp(_ codes: UnsafeMutableRawPointer) {
    for half in 0..<2 {
      let clamped = ingot_codes_at_most(ingot_load_i32x16(codes + 64 &* half), 63)
      ingot_store_i32x16(codes + 64 &* half, clamped)
    }
  }

  /// The weights of a search without the caller's: √(mean square of the sub-block) + |value|.
  @inline(__always)
  private static func lift(_ columns: UnsafeMutableRawPointer) {
    var sum = ingot_lanes(0)
    for index in 0..<32 {
      let value = ingot_load_f32x16(columns + 64 &* index)
      sum = ingot_lanes_add(sum, ingot_lanes_multiply(value, value))
    }
    let level = ingot_lanes_root(ingot_lanes_divide(sum, ingot_lanes(32)))
    for index in 0..<32 {
      let column = columns + 64 &* index
      let magnitude = ingot_lanes_magnitude(ingot_load_f32x16(column))
      ingot_store_f32x16(
        column + AffineSearch.weightsOffset, ingot_lanes_add(level, magnitude))
    }
  }
}
