internal import Dialects
internal import Encodings
internal import Methods
internal import Tensors

/// Measures what types make of a tensor's numbers, on a sample of its rows.
///
/// Sums run in the order of rows, so a measurement has the same bits whatever the number of threads.
/// Values that are NaN or infinite count as 0: whether they are refused is the conversion's to say.
/// Every type is filled by rounding to the nearest, with weights where there are some, whatever
/// method the conversion will use: a search takes tens of times as long, and there are many types.
/// NVFP4 has the factor of the sample's highest magnitude, which is the tensor's unless that is among
/// the rows left out.
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
  ///
  /// With `excludingOverflow` also nil for one in which any value of the tensor, in the sample or not,
  /// might overflow or be cut off; the tensor is read as a whole for that, unless its own type has no
  /// numbers so great. Throws `io`, or what a plugin reports.
  func measure(
    _ types: [ElementType], excludingOverflow: Bool = false
  ) throws(ModelError) -> [Double?] {
    var codecs = types.map { EncodingTable.named($0.rawValue).flatMap { $0.canEncode ? $0 : nil } }
    if excludingOverflow {
      let highest = try highestMagnitude(ifAbove: codecs.compactMap { $0?.overflowBound }.min())
      codecs = codecs.map { codec in
        codec.flatMap { highest >= $0.overflowBound ? nil : $0 }
      }
    }
    var sums = [WeighedSums](repeating: WeighedSums(), count: types.count)
    let buffers = MeterBuffers(sample, source.codec)
    let scaled = try codecs.contains { $0?.name == NVFP4.name } ? scaledEncoding(buffers) : nil
    for rows in steps(buffers) {
      let values = try read(rows, buffers)
      for (index, codec) in codecs.enumerated() {
        guard let codec else { continue }
        let blocks = buffers.blocks(ofElements: values.count, codec)
        let decoded = UnsafeMutableBufferPointer(rebasing: buffers.decoded[..<values.count])
        if let scaled, codec.name == NVFP4.name {
          encode(values, rows, by: scaled, into: blocks, decoded)
        } else {
          encode(values, rows, codec, into: blocks)
          codec.decode(UnsafeRawBufferPointer(blocks), into: decoded)
        }
        add(values, UnsafeBufferPointer(decoded), rows, to: &sums[index])
      }
    }
    return zip(codecs, sums).map { $0 == nil ? nil : $1.ratio }
  }

  /// The sample's rows, as many at a time as the buffers hold.
  private func steps(_ buffers: MeterBuffers) -> [[Int]] {
    stride(from: 0, to: sample.rowCount, by: buffers.rowCount).map { first in
      (first..<min(first + buffers.rowCount, sample.rowCount)).map(sample.row)
    }
  }

  /// The highest finite magnitude of the whole tensor; 0, and nothing is read, if its type has none of
  /// `bound` and above.
  private func highestMagnitude(ifAbove bound: Float?) throws(ModelError) -> Float {
    let own = source.codec
    let most = Float.greatestFiniteMagnitude
    let greatest = own.isQuantized ? most : own.writing?.greatestMagnitude ?? most
    guard let bound, greatest >= bound else { return 0 }
    let decoder = LeafDecoder(checkpoint, tensor, source)
    let elementCount = tensor.shape.elementCount
    var highest: Float = 0
    for element in stride(from: 0, to: elementCount, by: leafElementCount) {
      let count = min(leafElementCount, elementCount - element)
      let values = try decoder.decode(from: element, count: count)
      highest = max(highest, ValueScan(UnsafeBufferPointer(values)).highestMagnitude)
    }
    return highest
  }

  /// How NVFP4 is filled: its factors follow from the sample.
  private func scaledEncoding(_ buffers: MeterBuffers) throws(ModelError) -> ChosenEncoding {
    let shape = tensor.shape
    let perFactor = tensor.elementsPerFactor(of: shape.factorCount)
    var highest = [Float](repeating: 0, count: shape.factorCount)
    for rows in steps(buffers) {
      let values = try read(rows, buffers)
      for (place, row) in rows.enumerated() {
        let scan = ValueScan(UnsafeBufferPointer(rebasing: values[elements(ofPlace: place)]))
        let index = min(row * shape.rowElementCount / perFactor, highest.count - 1)
        highest[index] = max(highest[index], scan.highestMagnitude)
      }
    }
    return ChosenEncoding(
      Codec(NVFP4.self), by: Nearest.self, weights: nil, highest: highest, of: tensor)
  }

  /// Encodes rows by factors and decodes them, factors applied.
  private func encode(
    _ values: UnsafeBufferPointer<Float>, _ rows: [Int], by scaled: ChosenEncoding,
    into blocks: UnsafeMutableRawBufferPointer, _ decoded: UnsafeMutableBufferPointer<Float>
  ) {
    for (place, row) in rows.enumerated() {
      scaled.encode(
        UnsafeBufferPointer(rebasing: values[elements(ofPlace: place)]),
        from: row * tensor.shape.rowElementCount,
        into: UnsafeMutableRawBufferPointer(rebasing: blocks[bytes(ofPlace: place, NVFP4.self)]),
        decoded: UnsafeMutableBufferPointer(rebasing: decoded[elements(ofPlace: place)]))
    }
  }

  /// Where the row at `place` is among the values of a step.
  private func elements(ofPlace place: Int) -> Range<Int> {
    place * sample.columnCount..<(place + 1) * sample.columnCount
  }

  /// And among its blocks.
  private func bytes(ofPlace place: Int, _ encoding: any Encoding.Type) -> Range<Int> {
    let rowByteCount =
      sample.columnCount / encoding.blockElementCount * encoding.blockByteCount
    return place * rowByteCount..<(place + 1) * rowByteCount
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
    weights.withUnsafeBufferPointer { weights in
      for (place, row) in rows.enumerated() {
        let rowValues = UnsafeBufferPointer(rebasing: values[elements(ofPlace: place)])
        weighting.encode(
          rowValues, weights: UnsafeBufferPointer(rebasing: weights[columns(ofRow: row)]),
          rowMeanSquare: weighting.usesRowMeanSquare ? rowMeanSquare(of: rowValues) : 0,
          into: UnsafeMutableRawBufferPointer(rebasing: blocks[bytes(ofPlace: place, weighting)]))
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
        sums.add(
          UnsafeBufferPointer(rebasing: values[elements(ofPlace: place)]),
          UnsafeBufferPointer(rebasing: decoded[elements(ofPlace: place)]),
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

extension Codec {
  /// The least magnitude that might overflow or be cut off; never, where the tensor's factor follows
  /// from the highest. A precondition is that `canEncode`.
  fileprivate var overflowBound: Float {
    guard let writing, name != NVFP4.name else { return .infinity }
    return writing.overflowMagnitude
  }
}
