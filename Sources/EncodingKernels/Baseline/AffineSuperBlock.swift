internal import CEncodingKernels

/// The steps between the searches that Q4_K, Q5_K and Q2_K share: `AffineSuperBlock` in `Encodings`
/// is the definition.
enum AffineSuperBlock {
  /// Runs `body` with `byteCount` bytes on the stack.
  @inline(__always)
  static func withMemory(_ byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 32) { memory in
      guard let address = memory.baseAddress else { return }
      body(address)
    }
  }

  /// Transposes eight sub-blocks of `count` numbers into the first or the second eight lanes.
  @inline(__always)
  static func transpose(
    _ numbers: UnsafeRawPointer, count: Int, into columns: UnsafeMutableRawPointer, eight: Int
  ) {
    for index in 0..<count &>> 3 {
      ingot_columns_from_rows(
        numbers + 32 &* index, Int64(4 &* count), columns + 512 &* index + 32 &* eight, 64)
    }
  }

  /// Multiplies the weights by √(spread + value²); each lane has a spread.
  @inline(__always)
  static func weighByMagnitude(
    _ columns: UnsafeMutableRawPointer, count: Int, spread: SIMD16<Float>
  ) {
    for index in 0..<count {
      let column = columns + 64 &* index
      let value = ingot_load_f32x16(column)
      let weight = ingot_load_f32x16(column + AffineSearch.weightsOffset)
      let square = ingot_lanes_multiply(value, value)
      let root = ingot_lanes_root(ingot_lanes_add(spread, square))
      ingot_store_f32x16(column + AffineSearch.weightsOffset, ingot_lanes_multiply(weight, root))
    }
  }

  /// Writes Σ value² of up to eight super-blocks, each added up one value after the other; four at
  /// once because one alone waits for every addition.
  @inline(__always)
  static func squareSums(
    _ values: UnsafeRawPointer, _ superBlockCount: Int, into sums: UnsafeMutableRawPointer
  ) {
    for first in 0..<(superBlockCount &+ 3) &>> 2 {
      let start = values + 4096 &* first
      let last = superBlockCount &- 4 &* first &- 1
      let second = start + 1024 &* min(1, last)
      let third = start + 1024 &* min(2, last)
      let fourth = start + 1024 &* min(3, last)
      var (a, b, c, d): (Float, Float, Float, Float) = (0, 0, 0, 0)
      for index in 0..<256 {
        a = add(square: start, index, to: a)
        b = add(square: second, index, to: b)
        c = add(square: third, index, to: c)
        d = add(square: fourth, index, to: d)
      }
      let target = sums + 16 &* first
      ingot_store_f32(target, a)
      ingot_store_f32(target + 4, b)
      ingot_store_f32(target + 8, c)
      ingot_store_f32(target + 12, d)
    }
  }

  @inline(__always)
  private static func add(square values: UnsafeRawPointer, _ index: Int, to sum: Float) -> Float {
    let value = ingot_load_f32(values + 4 &* index)
    let square = value * value
    return sum + square
  }

  /// Codes `count` numbers, of 16 that are there, so that the highest gets `top`; only the lower
  /// byte of each code counts. Writes 16 codes and returns the scale, which is 0 if no number is
  /// above 0.
  @inline(__always)
  static func codeByHighest(
    _ numbers: UnsafeRawPointer, count: Int, top: Float, codes: UnsafeMutableRawPointer
  ) -> Float {
    var highest: Float = 0
    for index in 0..<count {
      let number = ingot_load_f32(numbers + 4 &* index)
      highest = number > highest ? number : highest
    }
    let inverse = highest > 0 ? top / highest : 0
    let scaled = ingot_lanes_multiply(ingot_lanes(inverse), ingot_load_f32x16(numbers))
    ingot_store_i32x16(codes, ingot_codes_lower_byte(ingot_nearest(scaled)))
    return highest / top
  }

  /// Copies what was found in a super-block to where `searchScales` takes it: the scales in lane
  /// `index` and the minimums in lane `index` + 8.
  @inline(__always)
  static func arrange(
    _ found: UnsafeRawPointer, partCount: Int, _ index: Int, rows: UnsafeMutableRawPointer
  ) {
    for part in 0..<partCount {
      let lane = found + 4 &* part
      let weight = ingot_load_f32(lane + AffineSearch.weightSumsOffset)
      let target = rows + 64 &* part + 4 &* index
      ingot_store_f32(target, ingot_load_f32(lane + AffineSearch.scalesOffset))
      ingot_store_f32(target + 32, ingot_load_f32(lane + AffineSearch.minimumsOffset))
      ingot_store_f32(target + ScaleSearch.weightsOffset, weight)
      ingot_store_f32(target + ScaleSearch.weightsOffset + 32, weight)
    }
  }

  /// Copies the codes of super-block `index` from where `searchScales` left them: those of the
  /// scales, then, 64 bytes on, those of the minimums.
  @inline(__always)
  static func gatherCodes(
    _ rows: UnsafeRawPointer, partCount: Int, _ index: Int, into codes: UnsafeMutableRawPointer
  ) {
    let lane = rows + ScaleSearch.codesOffset + 4 &* index
    for part in 0..<partCount {
      let code = codes + 4 &* part
      ingot_store_i32(code, ingot_load_i32(lane + 64 &* part))
      ingot_store_i32(code + 64, ingot_load_i32(lane + 64 &* part + 32))
    }
  }

  /// 16 values as codes that are not rounded yet: for a sub-block's `scale` and `minimum`, or, if
  /// that scale is 0, as the search found them. `found` is the sub-block's lane.
  @inline(__always)
  static func scaled(
    _ values: UnsafeRawPointer, scale: Float, minimum: Float, found: UnsafeRawPointer
  ) -> SIMD16<Float> {
    ingot_run_scaled(
      ingot_load_f32x16(values), minimum, scale,
      ingot_load_f32(found + AffineSearch.originsOffset),
      ingot_load_f32(found + AffineSearch.inversesOffset))
  }
}
