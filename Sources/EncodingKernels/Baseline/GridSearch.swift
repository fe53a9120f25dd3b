internal import CEncodingKernels

/// The kernel of the search for better scales. `GridSearch` in `Encodings` is the definition, and
/// every lane does its steps in its order: sixteen lanes, one for each of the sub-blocks of sixteen
/// blocks, of two, or of one.
public enum GridSearch {
  // A trial: a vector each of scale, minimum, their codes and the sums of errors, then the total of
  // the block in each of its lanes.
  static let minimumOffset = 64
  static let scaleCodesOffset = 128
  static let minimumCodesOffset = 192
  static let errorsOffset = 256
  static let totalsOffset = 320
  static let trialByteCount = 384

  // In the columns: the values, the weights, the codes as integers.
  static let weightsOffset = 2048
  static let codesOffset = 4096
  // The sums over weights, weighted values, codes, squares and products: a vector each.
  private static let sumsOffset = 6144
  private static let trialsOffset = sumsOffset + 320
  private static let memoryByteCount = trialsOffset + 4 * trialByteCount

  /// Improves the scales of sixteen sub-blocks.
  ///
  /// `values` and `weights` have sixteen sub-blocks one after the other. `scales` has a vector of
  /// scales, of minimums, of codes of scales and of codes of minimums; each lane of a block has the
  /// block's scale and minimum. `codes` gets the code of each value, a signed byte.
  @inline(never)
  public static func search(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer, _ scales: UnsafeMutableRawPointer,
    _ codes: UnsafeMutableRawPointer, _ gridAddress: UnsafeRawPointer
  ) {
    let grid = gridAddress.assumingMemoryBound(to: ingot_search_grid.self)
    let count = Int(grid.pointee.part_element_count)
    AffineSuperBlock.withMemory(memoryByteCount) { memory in
      for eight in 0..<2 {
        let start = 32 &* count &* eight
        AffineSuperBlock.transpose(values + start, count: count, into: memory, eight: eight)
        AffineSuperBlock.transpose(
          weights + start, count: count, into: memory + weightsOffset, eight: eight)
      }
      addUpWeights(memory, count: count, sums: memory + sumsOffset)
      let best = memory + trialsOffset
      let trial = best + trialByteCount
      let fitted = trial + trialByteCount
      for offset in stride(from: 0, to: 256, by: 64) {
        ingot_store_f32x16(best + offset, ingot_load_f32x16(scales + offset))
      }
      improveGrid(memory, best, fitted, memory + sumsOffset, grid)
      for index in 0..<Int(grid.pointee.rescaling_count) {
        rescaleGrid(best, into: trial, grid, grid.pointee.rescalings + 8 &* index)
        improveGrid(memory, trial, fitted, memory + sumsOffset, grid)
        takeBetter(trial, best)
      }
      sumGrid(memory, best, memory + sumsOffset, grid)
      for offset in stride(from: 0, to: 256, by: 64) {
        ingot_store_f32x16(scales + offset, ingot_load_f32x16(best + offset))
      }
      for lane in 0..<16 {
        for index in 0..<count {
          let code = ingot_load_i32(memory + codesOffset + 64 &* index + 4 &* lane)
          ingot_store_code(codes + (lane &* count &+ index), code)
        }
      }
    }
  }

  /// Copies the lanes of `trial` whose total is lower to `best`.
  @inline(__always)
  fileprivate static func takeBetter(
    _ trial: UnsafeRawPointer, _ best: UnsafeMutableRawPointer
  ) {
    let isBetter = ingot_lanes_less(
      ingot_load_f32x16(trial + totalsOffset), ingot_load_f32x16(best + totalsOffset))
    for offset in stride(from: 0, to: trialByteCount, by: 64) {
      let taken = ingot_lanes_choose(
        isBetter, ingot_load_f32x16(trial + offset), ingot_load_f32x16(best + offset))
      ingot_store_f32x16(best + offset, taken)
    }
  }

  @inline(__always)
  private static func addUpWeights(
    _ columns: UnsafeRawPointer, count: Int, sums: UnsafeMutableRawPointer
  ) {
    var weightSum = ingot_lanes(0)
    var valueSum = ingot_lanes(0)
    for index in 0..<count {
      let column = columns + 64 &* index
      let weight = ingot_load_f32x16(column + weightsOffset)
      weightSum = ingot_lanes_add(weightSum, weight)
      valueSum = ingot_lanes_add(
        valueSum, ingot_lanes_multiply(weight, ingot_load_f32x16(column)))
    }
    ingot_store_f32x16(sums, weightSum)
    ingot_store_f32x16(sums + 64, valueSum)
  }
}

// The steps are not members of a type, for the reason that `searchAffine` gives, and not inlined,
// which would make the registers too few. Private ones would be weak symbols too.

@inline(never)
func improveGrid(
  _ columns: UnsafeMutableRawPointer, _ trial: UnsafeMutableRawPointer,
  _ fitted: UnsafeMutableRawPointer, _ sums: UnsafeMutableRawPointer,
  _ grid: UnsafePointer<ingot_search_grid>
) {
  measureGrid(columns, trial, grid)
  totalGrid(trial, grid)
  for _ in 0..<Int(grid.pointee.round_count) {
    tryNeighbours(columns, trial, fitted, grid)
    sumGrid(columns, trial, sums, grid)
    fitGrid(trial, sums, into: fitted, grid)
    measureGrid(columns, fitted, grid)
    totalGrid(fitted, grid)
    GridSearch.takeBetter(fitted, trial)
  }
}

/// Writes Σ weight × error² of each lane.
@inline(never)
func measureGrid(
  _ columns: UnsafeRawPointer, _ trial: UnsafeMutableRawPointer,
  _ grid: UnsafePointer<ingot_search_grid>
) {
  let line = gridLine(trial)
  let (lowest, highest) = (grid.pointee.lowest_code, grid.pointee.highest_code)
  var sum = ingot_lanes(0)
  for index in 0..<Int(grid.pointee.part_element_count) {
    let column = columns + 64 &* index
    let value = ingot_load_f32x16(column)
    let scaled = ingot_lanes_multiply(ingot_lanes_add(value, line.minimum), line.inverse)
    let code = ingot_lanes_nearest_within(scaled, lowest, highest)
    let product = ingot_lanes_multiply(line.scale, code)
    let difference = ingot_lanes_subtract(ingot_lanes_subtract(product, line.minimum), value)
    let weight = ingot_load_f32x16(column + GridSearch.weightsOffset)
    sum = ingot_lanes_add(
      sum, ingot_lanes_multiply(weight, ingot_lanes_multiply(difference, difference)))
  }
  ingot_store_f32x16(trial + GridSearch.errorsOffset, sum)
}

/// Leaves the codes in the columns and adds up what the fit of the scales needs of them.
@inline(never)
func sumGrid(
  _ columns: UnsafeMutableRawPointer, _ trial: UnsafeRawPointer,
  _ sums: UnsafeMutableRawPointer, _ grid: UnsafePointer<ingot_search_grid>
) {
  let line = gridLine(trial)
  let (lowest, highest) = (grid.pointee.lowest_code, grid.pointee.highest_code)
  var codeSum = ingot_lanes(0)
  var squareSum = ingot_lanes(0)
  var productSum = ingot_lanes(0)
  for index in 0..<Int(grid.pointee.part_element_count) {
    let column = columns + 64 &* index
    let value = ingot_load_f32x16(column)
    let scaled = ingot_lanes_multiply(ingot_lanes_add(value, line.minimum), line.inverse)
    let code = ingot_lanes_nearest_within(scaled, lowest, highest)
    ingot_store_i32x16(column + GridSearch.codesOffset, ingot_nearest(code))
    let weighted = ingot_lanes_multiply(
      ingot_load_f32x16(column + GridSearch.weightsOffset), code)
    codeSum = ingot_lanes_add(codeSum, weighted)
    squareSum = ingot_lanes_add(squareSum, ingot_lanes_multiply(weighted, code))
    productSum = ingot_lanes_add(productSum, ingot_lanes_multiply(weighted, value))
  }
  ingot_store_f32x16(sums + 128, codeSum)
  ingot_store_f32x16(sums + 192, squareSum)
  ingot_store_f32x16(sums + 256, productSum)
}

@inline(__always)
private func gridLine(
  _ trial: UnsafeRawPointer
) -> (scale: SIMD16<Float>, minimum: SIMD16<Float>, inverse: SIMD16<Float>) {
  let scale = ingot_lanes_multiply(
    ingot_load_f32x16(trial), ingot_load_f32x16(trial + GridSearch.scaleCodesOffset))
  let minimum = ingot_lanes_multiply(
    ingot_load_f32x16(trial + GridSearch.minimumOffset),
    ingot_load_f32x16(trial + GridSearch.minimumCodesOffset))
  return (scale, minimum, ingot_lanes_inverse_or_zero(scale))
}

/// Takes the best neighbour of the codes in each lane.
@inline(never)
func tryNeighbours(
  _ columns: UnsafeRawPointer, _ trial: UnsafeMutableRawPointer,
  _ neighbour: UnsafeMutableRawPointer, _ grid: UnsafePointer<ingot_search_grid>
) {
  let scaleCodes = ingot_load_f32x16(trial + GridSearch.scaleCodesOffset)
  let minimumCodes = ingot_load_f32x16(trial + GridSearch.minimumCodesOffset)
  ingot_store_f32x16(neighbour, ingot_load_f32x16(trial))
  ingot_store_f32x16(
    neighbour + GridSearch.minimumOffset, ingot_load_f32x16(trial + GridSearch.minimumOffset))
  for index in 0..<Int(grid.pointee.neighbour_count) {
    let step = grid.pointee.neighbours + 12 &* index
    let signed = ingot_lanes_multiply(ingot_lanes(ingot_load_f32(step)), scaleCodes)
    let scaleCode = ingot_lanes_within(
      ingot_lanes_add(signed, ingot_lanes(ingot_load_f32(step + 4))),
      grid.pointee.lowest_scale_code, grid.pointee.highest_scale_code)
    let minimumCode = ingot_lanes_within(
      ingot_lanes_add(minimumCodes, ingot_lanes(ingot_load_f32(step + 8))),
      grid.pointee.lowest_minimum_code, grid.pointee.highest_minimum_code)
    ingot_store_f32x16(neighbour + GridSearch.scaleCodesOffset, scaleCode)
    ingot_store_f32x16(neighbour + GridSearch.minimumCodesOffset, minimumCode)
    measureGrid(columns, neighbour, grid)
    let isBetter = ingot_lanes_less(
      ingot_load_f32x16(neighbour + GridSearch.errorsOffset),
      ingot_load_f32x16(trial + GridSearch.errorsOffset))
    for offset in stride(from: GridSearch.scaleCodesOffset, to: GridSearch.totalsOffset, by: 64) {
      let taken = ingot_lanes_choose(
        isBetter, ingot_load_f32x16(neighbour + offset), ingot_load_f32x16(trial + offset))
      ingot_store_f32x16(trial + offset, taken)
    }
  }
  totalGrid(trial, grid)
}
