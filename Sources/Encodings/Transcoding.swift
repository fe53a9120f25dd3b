/// What `transcode` found on the way.
public struct Transcoded: Sendable, Equatable {
  /// The error of the new encoding against the decoded source.
  public var errors: ErrorSums
  /// The decoded source; of an encoding with scales only if `errors` are not finite, because
  /// otherwise everything was.
  public var scan: ValueScan

  /// Creates a finding.
  public init(errors: ErrorSums, scan: ValueScan) {
    self.errors = errors
    self.scan = scan
  }
}

extension Codec {
  /// Decodes `source`, blocks of `sourceCodec`, encodes the values into `blocks`, and measures.
  ///
  /// Works in steps that stay in the innermost cache; the result is the same as decoding,
  /// scanning and encoding the whole. If the scan finds values that are not finite, or the errors
  /// are not finite, the caller discards `blocks`. Preconditions: `canDecode` and `canEncode`, and
  /// the same number of elements on both sides, whole blocks of either.
  public func transcode(
    _ source: UnsafeRawBufferPointer, from sourceCodec: Codec,
    into blocks: UnsafeMutableRawBufferPointer, level: CPULevel = .current
  ) -> Transcoded {
    let decoder = sourceCodec.arithmetic
    let encoder = writer
    let elementCount = source.count / decoder.blockByteCount * decoder.blockElementCount
    decoder.requireMatch(elementCount, source.count)
    encoder.requireMatch(elementCount, blocks.count)
    var lanes = ErrorLanes()
    var scan = ValueScan()
    withUnsafeTemporaryAllocation(of: Float.self, capacity: transcodingStepElementCount) {
      scratch in
      for start in stride(from: 0, to: elementCount, by: transcodingStepElementCount) {
        let end = min(start + transcodingStepElementCount, elementCount)
        let values = UnsafeMutableBufferPointer(rebasing: scratch[0..<end - start])
        let bytes = decoder.byteRange(ofElements: start..<end)
        decoder.decode(
          UnsafeRawBufferPointer(rebasing: source[bytes]), into: values, level: level)
        if !encoder.isQuantized { scan.append(UnsafeBufferPointer(values), level: level) }
        let target = UnsafeMutableRawBufferPointer(
          rebasing: blocks[encoder.byteRange(ofElements: start..<end)])
        encoder.encodeMeasuring(
          UnsafeBufferPointer(values), into: target, adding: &lanes, level: level)
      }
    }
    let errors = ErrorSums(lanes, elementCount: elementCount)
    if encoder.isQuantized, !errors.isFinite {
      scan = self.scan(source, elementCount: elementCount, decoder, level: level)
    }
    return Transcoded(errors: errors, scan: scan)
  }

  /// A second look, for the few that need it.
  private func scan(
    _ source: UnsafeRawBufferPointer, elementCount: Int, _ decoder: any Encoding.Type,
    level: CPULevel
  ) -> ValueScan {
    var scan = ValueScan()
    withUnsafeTemporaryAllocation(of: Float.self, capacity: transcodingStepElementCount) {
      scratch in
      for start in stride(from: 0, to: elementCount, by: transcodingStepElementCount) {
        let end = min(start + transcodingStepElementCount, elementCount)
        let values = UnsafeMutableBufferPointer(rebasing: scratch[0..<end - start])
        let bytes = decoder.byteRange(ofElements: start..<end)
        decoder.decode(
          UnsafeRawBufferPointer(rebasing: source[bytes]), into: values, level: level)
        scan.append(UnsafeBufferPointer(values), level: level)
      }
    }
    return scan
  }
}

/// A multiple of every block and of the lanes of a measurement; 8 KiB of F32.
private let transcodingStepElementCount = 2048

extension Encoding {
  /// Where the blocks of `elements` are; both bounds are multiples of a block.
  static func byteRange(ofElements elements: Range<Int>) -> Range<Int> {
    elements.lowerBound / blockElementCount * blockByteCount..<elements.upperBound
      / blockElementCount * blockByteCount
  }
}
