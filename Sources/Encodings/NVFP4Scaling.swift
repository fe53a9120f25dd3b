internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// How the scale of each 16 values of NVFP4 is chosen.
public enum NVFP4Scaling: String, Sendable, CaseIterable {
  /// The scale nearest to highest magnitude / 6: what `NVFP4.encode` does.
  case nearest
  /// Among the nearest scale and its neighbours, two steps down and eight up, the one with the
  /// lowest squared error; of equals the nearest scale, then the lowest.
  case search
  /// The scale nearest to highest magnitude / 6 or the one nearest to highest magnitude / 4,
  /// whichever has the lower squared error; the former if both have the same.
  ///
  /// Source: `quantization_ref_nvfp4.py` of NVIDIA TransformerEngine, which compares absolute errors.
  case fourOverSix

  /// Steps between UE4M3 codes that `search` tries besides none.
  static let offsets: [Int32] = [-2, -1, 1, 2, 3, 4, 5, 6, 7, 8]
}

extension NVFP4 {
  /// The factor of a tensor whose highest magnitude is `maximum`: `maximum` / 2688, so that the
  /// highest scale is 448.
  ///
  /// 1 for a maximum of 0 or one that is not finite; at least the lowest normal F32 otherwise.
  public static func tensorScale(forMaximum maximum: Float) -> Float {
    guard maximum.isFinite, maximum > 0 else { return 1 }
    return max(maximum / 2688, .leastNormalMagnitude)
  }

  /// Encodes whole blocks of values that are divided by the tensor's factor already.
  ///
  /// Each squared error counts as much as its weight says, if there are `weights`: one number, at
  /// least 0, for each value. They mean nothing to `nearest`. `blocks` has exactly the room for
  /// `values`. The same bytes at each level.
  public static func encode(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>? = nil,
    scaling: NVFP4Scaling, into blocks: UnsafeMutableRawBufferPointer, level: CPULevel = .current
  ) {
    guard scaling != .nearest else { return encode(values, into: blocks, level: level) }
    requireMatch(values.count, blocks.count)
    precondition(weights.map { $0.count == values.count } ?? true, "one weight a value")
    let batchCount = values.count / KernelTable.batchElementCount
    let wholeCount = batchCount * KernelTable.batchElementCount
    if let source = values.baseAddress, let target = blocks.baseAddress, batchCount > 0 {
      let weights = weights?.baseAddress
      withUnsafeTemporaryAllocation(byteCount: 512, alignment: 32) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        encodeBatches(source, weights, scaling, batchCount, target, scratch, level)
      }
    }
    // The rest of a row is too short to matter.
    let offset = wholeCount / blockElementCount * blockByteCount
    encodePlain(
      UnsafeBufferPointer(rebasing: values[wholeCount...]),
      weights: weights.map { UnsafeBufferPointer(rebasing: $0[wholeCount...]) }, scaling: scaling,
      into: UnsafeMutableRawBufferPointer(rebasing: blocks[offset...]))
  }

  private static func encodeBatches(
    _ values: UnsafeRawPointer, _ weights: UnsafeRawPointer?, _ scaling: NVFP4Scaling,
    _ batchCount: Int, _ blocks: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer,
    _ level: CPULevel
  ) {
    NVFP4Scaling.offsets.withUnsafeBytes { offsets in
      guard let first = offsets.baseAddress else { return }
      let count = offsets.count / 4
      switch (scaling, level) {
      case (.nearest, .baseline):
        EncodingKernelsBaseline.NVFP4.encode(values, batchCount, blocks)
      case (.nearest, .v3):
        EncodingKernelsV3.NVFP4.encode(values, batchCount, blocks)
      case (.search, .baseline):
        EncodingKernelsBaseline.NVFP4.encodeSearching(
          values, weights, first, count, batchCount, blocks, scratch)
      case (.search, .v3):
        EncodingKernelsV3.NVFP4.encodeSearching(
          values, weights, first, count, batchCount, blocks, scratch)
      case (.fourOverSix, .baseline):
        EncodingKernelsBaseline.NVFP4.encodeFourOverSix(
          values, weights, batchCount, blocks, scratch)
      case (.fourOverSix, .v3):
        EncodingKernelsV3.NVFP4.encodeFourOverSix(values, weights, batchCount, blocks, scratch)
      }
    }
  }

  /// The definition, group after group.
  static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>?,
    scaling: NVFP4Scaling, into blocks: UnsafeMutableRawBufferPointer
  ) {
    for group in 0..<values.count / 16 {
      let range = group * 16..<(group + 1) * 16
      let source = UnsafeBufferPointer(rebasing: values[range])
      let code = scaleCode(
        source, weights: weights.map { UnsafeBufferPointer(rebasing: $0[range]) }, scaling)
      let offset = group / 4 * blockByteCount
      blocks[offset + group % 4] = code
      let scale = UE4M3.value(code)
      for index in 0..<8 {
        let low = scale == 0 ? 0 : E2M1.nearestCode(source[index], scale: scale)
        let high = scale == 0 ? 0 : E2M1.nearestCode(source[index + 8], scale: scale)
        blocks[offset + 4 + group % 4 * 8 + index] = low | high << 4
      }
    }
  }

  /// The scale of 16 values; 0 if one of them is not finite.
  private static func scaleCode(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>?,
    _ scaling: NVFP4Scaling
  ) -> UInt8 {
    guard values.allSatisfy(\.isFinite) else { return 0 }
    let highest = values.reduce(0) { max($0, $1.magnitude) }
    let nearest = UE4M3.bits(highest / 6)
    let candidates: [UInt8] =
      switch scaling {
      case .nearest: []
      case .search: NVFP4Scaling.offsets.map { UInt8(min(max(Int32(nearest) + $0, 0), 126)) }
      case .fourOverSix: [UE4M3.bits(highest / 4)]
      }
    var (best, lowest) = (nearest, squaredError(values, weights, UE4M3.value(nearest)))
    for candidate in candidates {
      let error = squaredError(values, weights, UE4M3.value(candidate))
      if error < lowest { (best, lowest) = (candidate, error) }
    }
    return best
  }

  /// The sum of squared errors in F32, one after the other.
  private static func squaredError(
    _ values: UnsafeBufferPointer<Float>, _ weights: UnsafeBufferPointer<Float>?, _ scale: Float
  ) -> Float {
    var sum: Float = 0
    for index in 0..<16 {
      let code = scale == 0 ? 0 : E2M1.nearestCode(values[index].magnitude, scale: scale)
      let error = values[index].magnitude - E2M1.doubled[Int(code)] * (scale / 2)
      let square = error * error
      let weighted = weights.map { $0[index] * square } ?? square
      sum += weighted
    }
    return sum
  }
}
