internal import CEncodingKernels
internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// An encoding for whose blocks `GridSearch` can look for better scales than the reference's.
public protocol SearchableEncoding: WritableEncoding {
  /// What its blocks can hold.
  static var searchGrid: SearchGrid { get }

  /// The scales of one block.
  static func scales(of block: UnsafeRawBufferPointer) -> BlockScales

  /// Writes one block; `codes` has an element's code each, within the bounds of `searchGrid`, and so
  /// are the codes of `scales`.
  static func store(
    _ scales: BlockScales, codes: UnsafeBufferPointer<Int8>,
    in block: UnsafeMutableRawBufferPointer)
}

extension SearchableEncoding {
  /// Writes blocks that `GridSearch` finds, starting from those of `blocks`: the definition.
  static func searchPlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    from blocks: UnsafeRawBufferPointer, into found: UnsafeMutableRawBufferPointer
  ) {
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: blockElementCount) { codes in
      for block in 0..<values.count / blockElementCount {
        let elements = block * blockElementCount..<(block + 1) * blockElementCount
        let bytes = byteRange(ofElements: elements)
        let search = GridSearch(
          searchGrid, UnsafeBufferPointer(rebasing: values[elements]),
          weights: UnsafeBufferPointer(rebasing: weights[elements]),
          from: scales(of: UnsafeRawBufferPointer(rebasing: blocks[bytes])))
        search.storeCodes(in: codes)
        store(
          search.scales, codes: UnsafeBufferPointer(codes),
          in: UnsafeMutableRawBufferPointer(rebasing: found[bytes]))
      }
    }
  }

  /// The same with the kernel of `level`, which takes sixteen sub-blocks at a time.
  static func search(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    from blocks: UnsafeRawBufferPointer, into found: UnsafeMutableRawBufferPointer,
    level: CPULevel
  ) {
    let batchElementCount = 16 * searchGrid.partElementCount
    searchGrid.withKernelGrid { grid in
      SearchBatch.with(elementCount: batchElementCount) { batch in
        for start in stride(from: 0, to: values.count, by: batchElementCount) {
          let elements = start..<min(start + batchElementCount, values.count)
          let bytes = byteRange(ofElements: elements)
          batch.load(values[elements], weights[elements])
          loadScales(UnsafeRawBufferPointer(rebasing: blocks[bytes]), into: batch)
          batch.run(grid, level)
          storeBlocks(batch, into: UnsafeMutableRawBufferPointer(rebasing: found[bytes]))
        }
      }
    }
  }

  private static func loadScales(_ blocks: UnsafeRawBufferPointer, into batch: SearchBatch) {
    let partCount = searchGrid.partCount
    for block in 0..<blocks.count / blockByteCount {
      let bytes = block * blockByteCount..<(block + 1) * blockByteCount
      let scales = scales(of: UnsafeRawBufferPointer(rebasing: blocks[bytes]))
      for part in 0..<partCount {
        batch.set(
          lane: block * partCount + part, scales.scale, scales.minimum, scales.scaleCodes[part],
          scales.minimumCodes[part])
      }
    }
  }

  private static func storeBlocks(
    _ batch: SearchBatch, into blocks: UnsafeMutableRawBufferPointer
  ) {
    let partCount = searchGrid.partCount
    for block in 0..<blocks.count / blockByteCount {
      let lanes = block * partCount
      var scales = BlockScales()
      scales.scale = batch.scales[lanes]
      scales.minimum = batch.scales[16 + lanes]
      for part in 0..<partCount {
        scales.scaleCodes[part] = batch.scales[32 + lanes + part]
        scales.minimumCodes[part] = batch.scales[48 + lanes + part]
      }
      let elements = block * blockElementCount..<(block + 1) * blockElementCount
      let bytes = block * blockByteCount..<(block + 1) * blockByteCount
      store(
        scales, codes: UnsafeBufferPointer(rebasing: batch.codes[elements]),
        in: UnsafeMutableRawBufferPointer(rebasing: blocks[bytes]))
    }
  }
}

/// The memory that the kernel works on.
private struct SearchBatch {
  let values: UnsafeMutableBufferPointer<Float>
  let weights: UnsafeMutableBufferPointer<Float>
  /// Sixteen scales, minimums, codes of scales and codes of minimums.
  let scales: UnsafeMutableBufferPointer<Float>
  let codes: UnsafeMutableBufferPointer<Int8>

  static func with(elementCount: Int, _ body: (SearchBatch) -> Void) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * elementCount + 64) { floats in
      withUnsafeTemporaryAllocation(of: Int8.self, capacity: elementCount) { codes in
        body(
          SearchBatch(
            values: UnsafeMutableBufferPointer(rebasing: floats[..<elementCount]),
            weights: UnsafeMutableBufferPointer(
              rebasing: floats[elementCount..<2 * elementCount]),
            scales: UnsafeMutableBufferPointer(rebasing: floats[(2 * elementCount)...]),
            codes: codes))
      }
    }
  }

  /// Fills up with zeros what the last batch leaves free: lanes do not know of each other.
  func load(
    _ newValues: Slice<UnsafeBufferPointer<Float>>, _ newWeights: Slice<UnsafeBufferPointer<Float>>
  ) {
    values.update(repeating: 0)
    weights.update(repeating: 0)
    scales.update(repeating: 0)
    _ = values.update(fromContentsOf: newValues)
    _ = weights.update(fromContentsOf: newWeights)
  }

  func set(
    lane: Int, _ scale: Float, _ minimum: Float, _ scaleCode: Float, _ minimumCode: Float
  ) {
    scales[lane] = scale
    scales[16 + lane] = minimum
    scales[32 + lane] = scaleCode
    scales[48 + lane] = minimumCode
  }

  func run(_ grid: UnsafeRawPointer, _ level: CPULevel) {
    guard let values = values.baseAddress, let weights = weights.baseAddress,
      let scales = scales.baseAddress, let codes = codes.baseAddress
    else { return }
    switch level {
    case .baseline: EncodingKernelsBaseline.GridSearch.search(values, weights, scales, codes, grid)
    case .v3: EncodingKernelsV3.GridSearch.search(values, weights, scales, codes, grid)
    }
  }
}

extension SearchGrid {
  /// Runs `body` with the grid as the kernels take it.
  fileprivate func withKernelGrid(_ body: (UnsafeRawPointer) -> Void) {
    let neighbours = scaleReach > 0 ? neighbours.flatMap { [$0.sign, $0.scale, $0.minimum] } : []
    let rescalings = rescalings.flatMap { [$0.scale, $0.minimum] }
    // Room for one more, so that neither is without an address.
    (neighbours + [0]).withUnsafeBytes { neighbourBytes in
      (rescalings + [0]).withUnsafeBytes { rescalingBytes in
        guard let steps = neighbourBytes.baseAddress, let factors = rescalingBytes.baseAddress
        else { return }
        var grid = ingot_search_grid(
          part_count: Int64(partCount), part_element_count: Int64(partElementCount),
          lowest_code: Float(codes.lowerBound), highest_code: Float(codes.upperBound),
          lowest_scale_code: Float(scaleCodes.lowerBound),
          highest_scale_code: Float(scaleCodes.upperBound),
          lowest_minimum_code: Float(minimumCodes.lowerBound),
          highest_minimum_code: Float(minimumCodes.upperBound),
          is_minimum_signed: isMinimumSigned, round_count: Int64(roundCount),
          neighbour_count: Int64(neighbours.count / 3), neighbours: steps,
          rescaling_count: Int64(rescalings.count / 2), rescalings: factors)
        withUnsafeBytes(of: &grid) { bytes in
          if let address = bytes.baseAddress { body(address) }
        }
      }
    }
  }
}
