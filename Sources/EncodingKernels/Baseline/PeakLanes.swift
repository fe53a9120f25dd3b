internal import CEncodingKernels

/// The peaks of eight sub-blocks, one a lane.
typealias PeakLanes = ingot_peak_lanes

extension ingot_peak_lanes {
  /// Looks at `count` vectors.
  @inline(__always)
  init(_ source: UnsafeRawPointer, count: Int) {
    self.init(values: ingot_all(0), bits: SIMD8())
    for index in 0..<count {
      let value = ingot_load_f32x8(source + index &* 32)
      let magnitude = ingot_magnitude_bits_of_eight(value)
      values = ingot_choose(ingot_is_above_bits(magnitude, bits), value, values)
      bits = ingot_raised(bits, magnitude)
    }
  }

  /// Where the peak does not count as zero: it is at least 1e-15, whose bits are 0x26901D7D.
  var areCounted: SIMD8<Int32> {
    @inline(__always) get { ingot_is_above_bits(bits, SIMD8(repeating: 0x2690_1D7C)) }
  }

  /// Whether no lane has a NaN or an infinity.
  var areFinite: Bool {
    @inline(__always) get { nonfiniteMask == 0 }
  }

  /// Bit i is set where lane i has a NaN or an infinity.
  var nonfiniteMask: UInt8 {
    @inline(__always) get {
      ingot_lane_mask(ingot_is_above_bits(bits, SIMD8(repeating: 0x7F7F_FFFF)))
    }
  }
}
