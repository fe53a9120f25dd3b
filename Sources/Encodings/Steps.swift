/// An encoding at one CPU level with all that a step needs: to ask its type again at each step would
/// take a twentieth of a conversion's time.
struct StepDecoder {
  private let encoding: any Encoding.Type
  private let kernel: KernelTable.Decode?
  private let level: CPULevel
  private let blockElementCount: Int
  private let blockByteCount: Int

  init(_ encoding: any Encoding.Type, _ level: CPULevel) {
    self.encoding = encoding
    self.level = level
    kernel = encoding.kernels(for: level)?.decode
    blockElementCount = encoding.blockElementCount
    blockByteCount = encoding.blockByteCount
  }

  /// As `Encoding.decode`.
  func decode(_ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
    guard let kernel, values.count % KernelTable.batchElementCount == 0,
      let source = blocks.baseAddress, let target = values.baseAddress
    else { return encoding.decode(blocks, into: values, level: level) }
    kernel(source, values.count / KernelTable.batchElementCount, target)
  }

  /// Where the blocks of `elements` are; both bounds are multiples of a block.
  func byteRange(ofElements elements: Range<Int>) -> Range<Int> {
    let start = elements.lowerBound / blockElementCount * blockByteCount
    return start..<start + elements.count / blockElementCount * blockByteCount
  }
}

/// As `StepDecoder`, for the other direction.
struct StepEncoder {
  private let encoding: any WritableEncoding.Type
  private let kernels: KernelTable?
  private let decoder: StepDecoder
  private let level: CPULevel
  /// False once there was a step that had to be done again: more of the kind are to be expected.
  private var triesMeasuring = true

  init(_ encoding: any WritableEncoding.Type, _ level: CPULevel) {
    self.encoding = encoding
    self.level = level
    kernels = encoding.kernels(for: level)
    decoder = StepDecoder(encoding, level)
  }

  /// Encodes at most a step of values and measures what is lost; `scratch` has room for as many.
  mutating func encodeMeasuring(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    adding lanes: inout ErrorLanes, scratch: UnsafeMutableBufferPointer<Float>
  ) {
    if triesMeasuring, let kernel = kernels?.encodeMeasuring,
      values.count % KernelTable.batchElementCount == 0, let source = values.baseAddress,
      let target = blocks.baseAddress
    {
      let isDone = withUnsafeMutableBytes(of: &lanes) { bytes in
        guard let lanes = bytes.baseAddress else { return false }
        return kernel(source, values.count / KernelTable.batchElementCount, target, lanes)
      }
      if isDone { return }
      triesMeasuring = false
    }
    encode(values, into: blocks)
    let decoded = UnsafeMutableBufferPointer(rebasing: scratch[..<values.count])
    decoder.decode(UnsafeRawBufferPointer(blocks), into: decoded)
    lanes.add(reference: values, decoded: UnsafeBufferPointer(decoded), level: level)
  }

  private func encode(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    guard let kernel = kernels?.encode, values.count % KernelTable.batchElementCount == 0,
      let source = values.baseAddress, let target = blocks.baseAddress
    else { return encoding.encode(values, into: blocks, level: level) }
    kernel(source, values.count / KernelTable.batchElementCount, target)
  }

  /// Where the blocks of `elements` are; both bounds are multiples of a block.
  func byteRange(ofElements elements: Range<Int>) -> Range<Int> {
    decoder.byteRange(ofElements: elements)
  }
}

/// Room for `count` steps of F32. They begin at cache lines: a vector that lies across two takes two
/// loads.
func withStepScratch(_ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
  withUnsafeTemporaryAllocation(
    byteCount: count * KernelTable.stepElementCount * 4, alignment: 64
  ) { body($0.bindMemory(to: Float.self)) }
}

/// The ranges of the steps that `count` elements are done in.
func forEachStep(of count: Int, _ body: (Range<Int>) -> Void) {
  for start in stride(from: 0, to: count, by: KernelTable.stepElementCount) {
    body(start..<min(start + KernelTable.stepElementCount, count))
  }
}
