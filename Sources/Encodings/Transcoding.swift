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
    let source = Source(source, sourceCodec.arithmetic, level)
    let target = writer
    target.requireMatch(source.elementCount, blocks.count)
    var encoder = StepEncoder(target, level)
    var lanes = ErrorLanes()
    var scan = ValueScan()
    withStepScratch(2) { scratch in
      let (values, other) = source.parts(of: scratch)
      forEachStep(of: source.elementCount) { elements in
        let reference = source.decode(elements, into: values)
        if !target.isQuantized { scan.append(reference, level: level) }
        encoder.encodeMeasuring(
          reference,
          into: UnsafeMutableRawBufferPointer(
            rebasing: blocks[encoder.byteRange(ofElements: elements)]),
          adding: &lanes, scratch: other)
      }
    }
    let errors = ErrorSums(lanes, elementCount: source.elementCount)
    if target.isQuantized, !errors.isFinite { scan = source.scan() }
    return Transcoded(errors: errors, scan: scan)
  }
}

/// What is transcoded, step by step.
private struct Source {
  let elementCount: Int
  private let blocks: UnsafeRawBufferPointer
  private let decoder: StepDecoder
  private let level: CPULevel

  init(_ blocks: UnsafeRawBufferPointer, _ encoding: any Encoding.Type, _ level: CPULevel) {
    self.blocks = blocks
    self.level = level
    decoder = StepDecoder(encoding, level)
    elementCount = blocks.count / encoding.blockByteCount * encoding.blockElementCount
    encoding.requireMatch(elementCount, blocks.count)
  }

  /// The two steps in `scratch`.
  func parts(
    of scratch: UnsafeMutableBufferPointer<Float>
  ) -> (UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) {
    let step = KernelTable.stepElementCount
    return (
      UnsafeMutableBufferPointer(rebasing: scratch[..<step]),
      UnsafeMutableBufferPointer(rebasing: scratch[step...])
    )
  }

  /// The values of one step, in `scratch`.
  func decode(
    _ elements: Range<Int>, into scratch: UnsafeMutableBufferPointer<Float>
  ) -> UnsafeBufferPointer<Float> {
    let values = UnsafeMutableBufferPointer(rebasing: scratch[..<elements.count])
    let bytes = decoder.byteRange(ofElements: elements)
    decoder.decode(UnsafeRawBufferPointer(rebasing: blocks[bytes]), into: values)
    return UnsafeBufferPointer(values)
  }

  /// A second look, for the few that need it.
  func scan() -> ValueScan {
    var scan = ValueScan()
    withStepScratch(1) { scratch in
      forEachStep(of: elementCount) { elements in
        scan.append(decode(elements, into: scratch), level: level)
      }
    }
    return scan
  }
}

extension Encoding {
  /// Where the blocks of `elements` are; both bounds are multiples of a block.
  static func byteRange(ofElements elements: Range<Int>) -> Range<Int> {
    elements.lowerBound / blockElementCount * blockByteCount..<elements.upperBound
      / blockElementCount * blockByteCount
  }
}
