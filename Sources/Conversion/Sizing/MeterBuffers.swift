internal import Encodings

/// Memory of one measurement: some 2^15 elements in each form, or one row if that is more.
final class MeterBuffers {
  static let stepElementCount = 1 << 15

  /// Rows that are measured in one step.
  let rowCount: Int
  /// A row of the source.
  let source: UnsafeMutableRawBufferPointer
  let values: UnsafeMutableBufferPointer<Float>
  let decoded: UnsafeMutableBufferPointer<Float>
  private let columnCount: Int
  private let encoded: ByteBuffer
  private let sourceBuffer: ByteBuffer

  init(_ sample: RowSample, _ codec: Codec) {
    columnCount = sample.columnCount
    rowCount = max(1, min(sample.rowCount, MeterBuffers.stepElementCount / max(1, columnCount)))
    let elementCount = rowCount * columnCount
    values = .allocate(capacity: elementCount)
    values.initialize(repeating: 0)
    decoded = .allocate(capacity: elementCount)
    decoded.initialize(repeating: 0)
    // No type takes more than eight bytes an element.
    encoded = ByteBuffer(byteCount: 8 * elementCount)
    let rowByteCount = columnCount / codec.blockElementCount * codec.blockByteCount
    sourceBuffer = ByteBuffer(byteCount: rowByteCount)
    source = sourceBuffer.prefix(rowByteCount)
  }

  deinit {
    values.deallocate()
    decoded.deallocate()
  }

  func values(ofRow place: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      rebasing: values[(place * columnCount)..<((place + 1) * columnCount)])
  }

  func blocks(ofElements count: Int, _ codec: Codec) -> UnsafeMutableRawBufferPointer {
    encoded.prefix(count / codec.blockElementCount * codec.blockByteCount)
  }
}
