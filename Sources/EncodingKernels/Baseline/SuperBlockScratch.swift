internal import CEncodingKernels

/// Memory for one super-block of 16 sub-blocks of 16 values while it is encoded: two groups of eight
/// sub-blocks, transposed so that a vector has one element of each.
typealias SuperBlockScratch = ingot_super_block_scratch

extension ingot_super_block_scratch {
  private static var byteCount: Int { 5504 }

  @inline(__always)
  private init(_ address: UnsafeMutableRawPointer) {
    self.init(
      values: address, weights: address + 1024, products: address + 2048, bounds: address + 3072,
      scales: address + 5120, inverses: address + 5184, codes: address + 5248)
  }

  @inline(__always)
  static func withScratch(_ body: (SuperBlockScratch) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 32) { bytes in
      guard let address = bytes.baseAddress else { return }
      body(SuperBlockScratch(address))
    }
  }

  /// Memory for two super-blocks at a time.
  @inline(__always)
  static func withPair(_ body: (SuperBlockScratch, SuperBlockScratch) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 2 &* byteCount, alignment: 32) { bytes in
      guard let address = bytes.baseAddress else { return }
      body(SuperBlockScratch(address), SuperBlockScratch(address + byteCount))
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
    for group in 0..<2 {
      ingot_transpose(source + group &* 512, 64, target + group &* 512)
      ingot_transpose(source + group &* 512 + 32, 64, target + group &* 512 + 256)
    }
  }

  /// Makes the weight of each value its square.
  @inline(__always)
  func weighBySquares() {
    for index in 0..<32 {
      let value = ingot_load_f32x8(values + index &* 32)
      ingot_store_f32x8(weights + index &* 32, ingot_times(value, value))
    }
  }

  /// Finds `scales` and `inverses`. Says whether all values are finite.
  @inline(__always)
  func searchSymmetric(limit: Float) -> Bool {
    var areFinite = true
    for group in 0..<2 {
      let lanes = SymmetricLanes(
        values + group &* 512, weights: weights + group &* 512, products: products + group &* 512,
        count: 16, limit: limit)
      ingot_store_f32x8(scales + group &* 32, lanes.scales)
      ingot_store_f32x8(inverses + group &* 32, lanes.inverses)
      areFinite = areFinite && lanes.peaks.areFinite
    }
    return areFinite
  }

  /// The scale of highest magnitude, the first of equals.
  @inline(__always)
  func peakOfScales() -> Float {
    var peak: Float = 0
    for index in 0..<16 {
      let scale = ingot_load_f32(scales + index &* 4)
      if scale.magnitude > peak.magnitude { peak = scale }
    }
    return peak
  }

  /// Makes `codes`: value / scale, rounded, plus `limit`; where the scale is 0, what `searched` says
  /// of an element of a sub-block.
  @inline(__always)
  func storeCodes(
    of source: UnsafeRawPointer, limit: Int32, searched: (_ part: Int, _ index: Int) -> Int32
  ) {
    for pair in 0..<8 {
      let first = ingot_all(ingot_load_f32(scales + pair &* 8))
      let second = ingot_all(ingot_load_f32(scales + pair &* 8 + 4))
      let values = source + pair &* 128
      let joined = ingot_join(
        Self.code(values, first, limit), Self.code(values + 32, first, limit),
        Self.code(values + 64, second, limit), Self.code(values + 96, second, limit))
      ingot_store_u8x32(codes + pair &* 32, ingot_bytes(joined))
    }
    let zero = ingot_all(0)
    let blanks = (
      ingot_lane_mask(ingot_is_equal(ingot_load_f32x8(scales), zero)),
      ingot_lane_mask(ingot_is_equal(ingot_load_f32x8(scales + 32), zero))
    )
    guard blanks.0 | blanks.1 != 0 else { return }
    for part in 0..<16 {
      let mask = part < 8 ? blanks.0 : blanks.1
      guard mask & 1 &<< UInt8(part % 8) != 0 else { continue }
      for index in 0..<16 {
        ingot_store_code(codes + (part &* 16 &+ index), searched(part, index))
      }
    }
  }

  /// The code that `searchSymmetric` left for an element of a sub-block.
  @inline(__always)
  func symmetricCode(
    of source: UnsafeRawPointer, part: Int, index: Int, limit: Int32
  ) -> Int32 {
    let inverse = ingot_load_f32(inverses + part &* 4)
    let scaled = inverse * ingot_load_f32(source + (part &* 64 &+ index &* 4))
    let code = ingot_nearest_integer_between(ingot_all(scaled), -limit, limit &- 1)
    return inverse == 0 ? 0 : code[0] &+ limit
  }

  @inline(__always)
  private static func code(
    _ values: UnsafeRawPointer, _ scale: SIMD8<Float>, _ limit: Int32
  ) -> SIMD8<Int32> {
    let quotient = ingot_over(ingot_load_f32x8(values), scale)
    return ingot_lanes_plus(
      ingot_nearest_integer_between(quotient, -limit, limit &- 1), limit)
  }
}
