internal import Dialects
internal import Encodings
internal import Tensors

/// Turns the bytes of one leaf from one encoding into another, under a policy for NaN, infinities
/// and values that the target cannot hold.
struct LeafTranscoder {
  private let source: Codec
  private let target: Codec
  private let isRepacked: Bool
  private let nonfinite: NonfinitePolicy
  private let rows: RowWeighting?

  /// Throws `unsupported` (`cannot-encode`) if the plan asks for arithmetic that is not there,
  /// `invalidArgument` (`importance-size`) for weights that do not fit the tensor.
  init(
    _ tensor: PlannedTensor, nonfinite: NonfinitePolicy, checkpoint: Checkpoint,
    importance: ImportanceMatrix?
  ) throws(ModelError) {
    guard let source = EncodingTable.named(tensor.source.elementType.rawValue),
      let target = EncodingTable.named(tensor.elementType.rawValue), source.canDecode,
      target.canEncode
    else {
      throw ModelError(
        .unsupported, "cannot-encode",
        "\(tensor.source.elementType.rawValue) to \(tensor.elementType.rawValue)",
        tensor: tensor.name)
    }
    self.source = source
    self.target = target
    isRepacked = tensor.outcome == .repacked
    self.nonfinite = nonfinite
    rows = try RowWeighting.of(
      tensor, in: importance, checkpoint, source: source,
      replacement: ValueReplacement(
        nonfinite,
        greatestMagnitude: target.writing?.greatestMagnitude ?? .greatestFiniteMagnitude))
  }

  /// Fills `output` with a leaf whose first element is the tensor's element `first`; returns the
  /// error made, nil where the numbers are the same by type.
  ///
  /// Throws `refused` (`nonfinite-values`, `value-overflow`), without index or count: the caller
  /// knows the tensor; where weights decide, also `io` or what a plugin reports.
  func transcode(
    _ bytes: UnsafeRawBufferPointer, from first: Int, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> ErrorSums? {
    if isRepacked {
      repack(bytes, into: output)
      return nil
    }
    let result =
      if let rows {
        try transcode(bytes, from: first, into: output, rows)
      } else {
        target.transcode(bytes, from: source, into: output)
      }
    let hasNonfinite = result.scan.nonfiniteCount > 0
    let overflows = !hasNonfinite && holdsOverflow(result)
    guard hasNonfinite || overflows else { return result.errors }
    guard nonfinite != .refuse else {
      throw ModelError(
        .refused, hasNonfinite ? "nonfinite-values" : "value-overflow", "a value does not fit")
    }
    return try replaceAndEncode(bytes, from: first, into: output)
  }

  private func transcode(
    _ bytes: UnsafeRawBufferPointer, from first: Int, into output: UnsafeMutableRawBufferPointer,
    _ rows: RowWeighting
  ) throws(ModelError) -> Transcoded {
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: elementCount(of: bytes))
    defer { values.deallocate() }
    source.decode(bytes, into: values)
    let scan = ValueScan(UnsafeBufferPointer(values))
    // What is not finite is refused or replaced by the caller: this leaf is encoded again then.
    guard scan.nonfiniteCount == 0 else { return Transcoded(errors: ErrorSums(), scan: scan) }
    return Transcoded(
      errors: try rows.encode(UnsafeBufferPointer(values), from: first, into: output), scan: scan)
  }

  private func elementCount(of bytes: UnsafeRawBufferPointer) -> Int {
    bytes.count / source.blockByteCount * source.blockElementCount
  }

  /// Every number has its place in the target, NaN and infinities included: nothing to measure.
  private func repack(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) {
    let count = elementCount(of: bytes)
    // Buffers and leaves begin at multiples of 64 bytes, so F32 is written in place.
    if target.name == F32.name {
      output.withMemoryRebound(to: Float.self) { source.decode(bytes, into: $0) }
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { values in
      source.decode(bytes, into: values)
      target.encode(UnsafeBufferPointer(values), into: output)
    }
  }

  /// Whether a finite value became infinite or was cut off.
  private func holdsOverflow(_ result: Transcoded) -> Bool {
    guard let bound = target.writing?.overflowMagnitude else { return false }
    return !result.errors.isFinite || (!target.isQuantized && result.scan.highestMagnitude >= bound)
  }

  private func replaceAndEncode(
    _ bytes: UnsafeRawBufferPointer, from first: Int, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> ErrorSums {
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: elementCount(of: bytes))
    defer { values.deallocate() }
    source.decode(bytes, into: values)
    let greatest = target.writing?.greatestMagnitude ?? .greatestFiniteMagnitude
    let replacement: NonfiniteReplacement = nonfinite == .clamp ? .clamp(to: greatest) : .zero
    _ = replacement.apply(to: values)
    // The finite values are the reference: what clamping takes from them is part of the error.
    let reference = Array(values)
    for index in values.indices where values[index].magnitude > greatest {
      values[index] = nonfinite == .clamp ? (values[index] < 0 ? -greatest : greatest) : 0
    }
    if let rows {
      _ = try rows.encode(UnsafeBufferPointer(values), from: first, into: output)
    } else {
      target.encode(UnsafeBufferPointer(values), into: output)
    }
    target.decode(UnsafeRawBufferPointer(output), into: values)
    return reference.withUnsafeBufferPointer {
      ErrorSums(reference: $0, decoded: UnsafeBufferPointer(values))
    }
  }
}
