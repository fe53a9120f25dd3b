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
    measuring(values, blocks, adding: &lanes, level) { encode($0, into: $1, level: level) }
  }

  /// Encodes with `encode`, decodes and measures, in steps that stay in the innermost cache. One
  /// kernel that does all three is slower: its chain of dependent operations is too long to overlap.
  static func measuring(
    _ values: UnsafeBufferPointer<Float>, _ blocks: UnsafeMutableRawBufferPointer,
    adding lanes: inout ErrorLanes, _ level: CPULevel,
    encode: (UnsafeBufferPointer<Float>, UnsafeMutableRawBufferPointer) -> Void
  ) {
    let step = min(values.count, 2048)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: step) { scratch in
      for start in stride(from: 0, to: values.count, by: 2048) {
        let elements = start..<min(start + 2048, values.count)
        let reference = UnsafeBufferPointer(rebasing: values[elements])
        let target = UnsafeMutableRawBufferPointer(
          rebasing: blocks[byteRange(ofElements: elements)])
        encode(reference, target)
        let decoded = UnsafeMutableBufferPointer(rebasing: scratch[0..<elements.count])
        decode(UnsafeRawBufferPointer(target), into: decoded, level: level)
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
