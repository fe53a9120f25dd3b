extension WritableEncoding {
  /// Encodes `values`, which are a whole number of blocks. `blocks` has exactly the room for them.
  public static func encode(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    level: CPULevel = .current
  ) {
    guard let kernel = kernels(for: level)?.encode else {
      requireMatch(values.count, blocks.count)
      return encodePlain(values, into: blocks)
    }
    encode(values, into: blocks, with: kernel)
  }

  /// As `encode`, and measures what is lost, step by step in the innermost cache.
  public static func encodeMeasuring(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    level: CPULevel = .current
  ) -> ErrorSums {
    var lanes = ErrorLanes()
    encodeMeasuring(values, into: blocks, adding: &lanes, level: level)
    return ErrorSums(lanes, elementCount: values.count)
  }

  static func encodeMeasuring(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    adding lanes: inout ErrorLanes, level: CPULevel
  ) {
    requireMatch(values.count, blocks.count)
    var encoder = StepEncoder(self, level)
    withStepScratch(1) { scratch in
      forEachStep(of: values.count) { elements in
        encoder.encodeMeasuring(
          UnsafeBufferPointer(rebasing: values[elements]),
          into: UnsafeMutableRawBufferPointer(
            rebasing: blocks[encoder.byteRange(ofElements: elements)]),
          adding: &lanes, scratch: scratch)
      }
    }
  }

  /// Encodes with `encode`, decodes and measures, in steps that stay in the innermost cache.
  static func measuring(
    _ values: UnsafeBufferPointer<Float>, _ blocks: UnsafeMutableRawBufferPointer,
    adding lanes: inout ErrorLanes, _ level: CPULevel,
    encode: (UnsafeBufferPointer<Float>, UnsafeMutableRawBufferPointer) -> Void
  ) {
    let decoder = StepDecoder(self, level)
    withStepScratch(1) { scratch in
      forEachStep(of: values.count) { elements in
        let reference = UnsafeBufferPointer(rebasing: values[elements])
        let target = UnsafeMutableRawBufferPointer(
          rebasing: blocks[decoder.byteRange(ofElements: elements)])
        encode(reference, target)
        let decoded = UnsafeMutableBufferPointer(rebasing: scratch[..<elements.count])
        decoder.decode(UnsafeRawBufferPointer(target), into: decoded)
        lanes.add(reference: reference, decoded: UnsafeBufferPointer(decoded), level: level)
      }
    }
  }

  private static func encode(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    with kernel: (UnsafeRawPointer, Int, UnsafeMutableRawPointer) -> Void
  ) {
    requireMatch(values.count, blocks.count)
    guard let source = values.baseAddress, let target = blocks.baseAddress, !values.isEmpty else {
      return
    }
    let unit = KernelTable.batchElementCount
    kernel(source, values.count / unit, target)
    let rest = values.count % unit
    guard rest > 0 else { return }
    // The kernel works on a padded copy of the last, partial batch.
    let wholeCount = values.count - rest
    let offset = wholeCount / blockElementCount * blockByteCount
    withPaddedBatch { encoded, decoded in
      decoded.copyMemory(from: source + wholeCount, byteCount: rest * 4)
      kernel(decoded, 1, encoded)
      (target + offset).copyMemory(from: encoded, byteCount: blocks.count - offset)
    }
  }
}
