internal import CEncodingKernels

// The steps of `GridSearch` that are about the scales of whole blocks.

/// Adds up the errors of each block and writes the total to all its lanes.
@inline(never)
func totalGrid(_ trial: UnsafeMutableRawPointer, _ grid: UnsafePointer<ingot_search_grid>) {
  let partCount = Int(grid.pointee.part_count)
  for first in stride(from: 0, to: 16, by: partCount) {
    var total: Float = 0
    for lane in first..<first &+ partCount {
      total += ingot_load_f32(trial + GridSearch.errorsOffset + 4 &* lane)
    }
    for lane in first..<first &+ partCount {
      ingot_store_f32(trial + GridSearch.totalsOffset + 4 &* lane, total)
    }
  }
}

/// Copies the codes of `trial` and fits the scales of each block to them.
@inline(never)
func fitGrid(
  _ trial: UnsafeRawPointer, _ sums: UnsafeRawPointer, into fitted: UnsafeMutableRawPointer,
  _ grid: UnsafePointer<ingot_search_grid>
) {
  for offset in stride(from: 0, to: GridSearch.errorsOffset, by: 64) {
    ingot_store_f32x16(fitted + offset, ingot_load_f32x16(trial + offset))
  }
  let partCount = Int(grid.pointee.part_count)
  for first in stride(from: 0, to: 16, by: partCount) {
    var (aa, ab, bb, ax, bx) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for lane in first..<first &+ partCount {
      let number = trial + 4 &* lane
      let sum = sums + 4 &* lane
      let s = Double(ingot_load_f32(number + GridSearch.scaleCodesOffset))
      let t = -Double(ingot_load_f32(number + GridSearch.minimumCodesOffset))
      aa += s * s * Double(ingot_load_f32(sum + 192))
      ab += s * t * Double(ingot_load_f32(sum + 128))
      bb += t * t * Double(ingot_load_f32(sum))
      ax += s * Double(ingot_load_f32(sum + 256))
      bx += t * Double(ingot_load_f32(sum + 64))
    }
    let determinant = aa * bb - ab * ab
    var minimum = Double(ingot_load_f32(trial + GridSearch.minimumOffset + 4 &* first))
    var scale = (ax - ab * minimum) / aa
    if determinant > 1e-9 * (aa * bb) {
      minimum = (aa * bx - ab * ax) / determinant
      scale = (bb * ax - ab * bx) / determinant
      if minimum < 0, !grid.pointee.is_minimum_signed {
        minimum = 0
        scale = ax / aa
      }
    }
    let roundedScale = ingot_rounded_to_f16(Float(scale))
    let roundedMinimum = ingot_rounded_to_f16(Float(minimum))
    for lane in first..<first &+ partCount {
      ingot_store_f32(fitted + 4 &* lane, roundedScale)
      ingot_store_f32(fitted + GridSearch.minimumOffset + 4 &* lane, roundedMinimum)
    }
  }
}

/// Multiplies the scales by two factors and makes the codes anew for them.
@inline(never)
func rescaleGrid(
  _ best: UnsafeRawPointer, into trial: UnsafeMutableRawPointer,
  _ grid: UnsafePointer<ingot_search_grid>,
  _ factors: UnsafeRawPointer
) {
  for lane in 0..<16 {
    let scale = ingot_load_f32(best + 4 &* lane) * ingot_load_f32(factors)
    let minimum =
      ingot_load_f32(best + GridSearch.minimumOffset + 4 &* lane) * ingot_load_f32(factors + 4)
    ingot_store_f32(trial + 4 &* lane, ingot_rounded_to_f16(scale))
    ingot_store_f32(
      trial + GridSearch.minimumOffset + 4 &* lane, ingot_rounded_to_f16(minimum))
  }
  let scaleRatio = ingot_lanes_divide(ingot_load_f32x16(best), ingot_load_f32x16(trial))
  let minimumRatio = ingot_lanes_divide(
    ingot_load_f32x16(best + GridSearch.minimumOffset),
    ingot_load_f32x16(trial + GridSearch.minimumOffset))
  let scaleCodes = ingot_load_f32x16(best + GridSearch.scaleCodesOffset)
  let minimumCodes = ingot_load_f32x16(best + GridSearch.minimumCodesOffset)
  ingot_store_f32x16(
    trial + GridSearch.scaleCodesOffset,
    ingot_lanes_nearest_within(
      ingot_lanes_multiply(scaleRatio, scaleCodes), grid.pointee.lowest_scale_code,
      grid.pointee.highest_scale_code))
  ingot_store_f32x16(
    trial + GridSearch.minimumCodesOffset,
    ingot_lanes_nearest_within(
      ingot_lanes_multiply(minimumRatio, minimumCodes), grid.pointee.lowest_minimum_code,
      grid.pointee.highest_minimum_code))
}
