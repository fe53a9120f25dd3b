internal import Dialects
internal import Encodings
internal import Tensors

/// Measures what types make of a tensor's numbers, on a sample of its rows.
///
/// Sums run in the order of rows, so a measurement has the same bits whatever the number of threads.
/// Values that are NaN or infinite count as 0: whether they are refused is the conversion's to say.
/// Every type is filled by rounding to the nearest, with weights where there are some, whatever
/// method the conversion will use: a method that searches longer gains in all types.
struct TypeMeter {
  private let checkpoint: Checkpoint
  private let tensor: TensorInfo
  private let source: SourceDecoding
  /// One number a column and expert; nil if all count alike.
  private let weights: [Float]?
  private let sample: RowSample

  /// `factors` is the tensor that holds the factors of this one, if one does.
  ///
  /// Throws `unsupported` (`cannot-decode`), `invalidArgument` (`importance-size`), `io`.
  init(
    _ checkpoint: Checkpoint, _ tensor: TensorInfo, factors: TensorInfo? = nil,
    importance: ImportanceMatrix?
  ) throws(ModelError) {
    self.checkpoint = checkpoint
    self.tensor = tensor
    source = try SourceDecoding(tensor, factors: factors, in: checkpoint)
    sample = RowSample(tensor.shape)
    let given = try importance?.weights(for: tensor.name, shape: tensor.shape)
    // Columns of which none matters would make every type perfect.
    weights = given?.contains { $0 > 0 } == true ? given : nil
  }

  /// The squared relative error of each of `types`, in their order: Σ w·(decoded − source)² /
  /// Σ w·source². Nil for a type that Ingot does not write, or in which a value becomes infinite.
  /// Throws `io`, or what a plugin reports.
  func measure(_ types: [ElementType]) throws(ModelError) -> [Double?] {
    let codecs = types.map { EncodingTable.named($0.rawValue) }
    var sums = [WeighedSums](repeating: WeighedSums(), count: types.count)
    let buffers = MeterBuffers(sample, source.codec)
    for first in stride(from: 0, to: sample.rowCount, by: buffers.rowCount) {
      let rows = (first..<min(first + buffers.rowCount, sample.rowCount)).map(sample.row)
      let values = try read(rows, buffers)
      for (index, codec) in codecs.enumerated() {
        guard let codec, codec.canEncode else { continue }
        let blocks = buffers.blocks(ofElements: values.count, codec)
        encode(values, rows, codec, into: blocks)
        let decoded = UnsafeMutableBufferPointer(rebasing: buffers.decoded[..<values.count])
        codec.decode(UnsafeRawBufferPointer(blocks), into: decoded)
        add(values, UnsafeBufferPointer(decoded), rows, to: &sums[index])
      }
    }
    return zip(codecs, sums).map { $0?.canEncode == true ? $1.ratio : nil }
  }

  private func read(
    _ rows: [Int], _ buffers: MeterBuffers
  ) throws(ModelError) -> UnsafeBufferPointer<Float> {
    let rowByteCount =
      tensor.shape.rowElementCount / source.codec.blockElementCount * source.codec.blockByteCount
    for (place, row) in rows.enumerated() {
      try checkpoint.read(tensor, offset: row * rowByteCount, into: buffers.source)
      source.decode(
        UnsafeRawBufferPointer(buffers.source), from: row * tensor.shape.rowElementCount,
        into: buffers.values(ofRow: place))
    }
    let values = UnsafeMutableBufferPointer(
      rebasing: buffers.values[..<(rows.count * sample.columnCount)])
    _ = NonfiniteReplacement.zero.apply(to: values)
    return UnsafeBufferPointer(values)
  }

  /// As the conversion will: by weights where there are some and the encoding makes use of them.
  private func encode(
    _ values: UnsafeBufferPointer<Float>, _ rows: [Int], _ codec: Codec,
    into blocks: UnsafeMutableRawBufferPointer
  ) {
    guard let weighting = codec.weighting, let weights else {
      return codec.encode(values, into: blocks)
    }
    let rowByteCount = sample.columnCount / codec.blockElementCount * codec.blockByteCount
    weights.withUnsafeBufferPointer { weights in
      for (place, row) in rows.enumerated() {
        let elements = (place * sample.columnCount)..<((place + 1) * sample.columnCount)
        let rowValues = UnsafeBufferPointer(rebasing: values[elements])
        weighting.encode(
          rowValues, weights: UnsafeBufferPointer(rebasing: weights[columns(ofRow: row)]),
          rowMeanSquare: weighting.usesRowMeanSquare ? rowMeanSquare(of: rowValues) : 0,
          into: UnsafeMutableRawBufferPointer(
            rebasing: blocks[(place * rowByteCount)..<((place + 1) * rowByteCount)]))
      }
    }
  }

  private func add(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeBufferPointer<Float>, _ rows: [Int],
    to sums: inout WeighedSums
  ) {
    guard let weights else { return sums.add(ErrorSums(reference: values, decoded: decoded)) }
    weights.withUnsafeBufferPointer { weights in
      for (place, row) in rows.enumerated() {
        let elements = (place * sample.columnCount)..<((place + 1) * sample.columnCount)
        sums.add(
          UnsafeBufferPointer(rebasing: values[elements]),
          UnsafeBufferPointer(rebasing: decoded[elements]),
          weights: UnsafeBufferPointer(rebasing: weights[columns(ofRow: row)]))
      }
    }
  }

  /// Where a row's weights are: each expert has a row of them.
  private func columns(ofRow row: Int) -> Range<Int> {
    let rowsPerExpert = tensor.shape.dimensions.dropLast().last ?? 1
    let first = row / rowsPerExpert * tensor.shape.rowElementCount
    return first..<(first + sample.columnCount)
  }
}

/// Σ w·error² and Σ w·reference².
private struct WeighedSums {
  private var error = 0.0
  private var reference = 0.0

  /// Adds values that count alike.
  mutating func add(_ sums: ErrorSums) {
    error += sums.sumOfSquaredError
    reference += sums.sumOfSquaredReference
  }

  /// Adds one row.
  mutating func add(
    _ values: UnsafeBufferPointer<Float>, _ decoded: UnsafeBufferPointer<Float>,
    weights: UnsafeBufferPointer<Float>
  ) {
    for index in values.indices {
      let weight = Double(weights[index])
      let value = Double(values[index])
      let difference = Double(decoded[index]) - value
      let squaredError = weight * (difference * difference)
      let squaredValue = weight * (value * value)
      error += squaredError
      reference += squaredValue
    }
  }

  /// The quotient; nil if it is not finite.
  var ratio: Double? {
    if error == 0 { return 0 }
    let ratio = error / reference
    return ratio.isFinite ? ratio : nil
  }
}

/// Memory of one measurement: some 2^15 elements in each form, or one row if that is more.
private final class MeterBuffers {
  private static let stepElementCount = 1 << 15

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
    rowCount = max(1, MeterBuffers.stepElementCount / max(1, columnCount))
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
