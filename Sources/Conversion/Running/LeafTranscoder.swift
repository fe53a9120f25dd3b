internal import Encodings
internal import Methods
internal import Tensors

/// Turns the bytes of one leaf from one encoding into another, under a policy for NaN, infinities
/// and values that the target cannot hold.
struct LeafTranscoder {
  /// Who chooses the numbers.
  private enum Choice {
    /// The encoding's own rule, one block at a time.
    case rule
    /// The encoding's own rule, or another method, with the weights of columns.
    case rows(RowWeighting)
    /// Another method, or any method where the tensor has factors.
    case method(ChosenEncoding)
  }

  private let source: SourceDecoding
  private let target: Codec
  private let isRepacked: Bool
  private let nonfinite: NonfinitePolicy
  private let choice: Choice

  /// `weights` are those of the columns, where they decide.
  ///
  /// Throws `unsupported`: `cannot-encode` if the plan asks for arithmetic that is not there,
  /// `unknown-method`, `method-not-for-encoding`; reading factors also throws `io`, or what a plugin
  /// reports.
  init(
    _ tensor: PlannedTensor, nonfinite: NonfinitePolicy, checkpoint: Checkpoint,
    weights: [Float]?, factors: TensorFactors
  ) throws(ModelError) {
    guard let target = EncodingTable.named(tensor.elementType.rawValue), target.canEncode else {
      throw ModelError(
        .unsupported, "cannot-encode",
        "\(tensor.source.elementType.rawValue) to \(tensor.elementType.rawValue)",
        tensor: tensor.name)
    }
    source = try SourceDecoding(tensor.source, factors: tensor.sourceFactors, in: checkpoint)
    self.target = target
    isRepacked = tensor.outcome == .repacked
    self.nonfinite = nonfinite
    guard !isRepacked else {
      choice = .rule
      return
    }
    let method = try LeafTranscoder.method(of: tensor, target)
    let isByRows = tensor.importance == .weighted && target.weighting != nil
    if target.name == NVFP4.name || method != Nearest.self && !isByRows {
      let highest =
        target.name == NVFP4.name
        ? try factors.highestMagnitudes(of: tensor.source, source) : []
      choice = .method(
        ChosenEncoding(
          target, by: method, weights: weights, highest: highest, of: tensor.source))
      return
    }
    let rows = try RowWeighting.of(
      tensor, by: method, weights: weights, checkpoint, source: source,
      replacement: ValueReplacement(
        nonfinite,
        greatestMagnitude: target.writing?.greatestMagnitude ?? .greatestFiniteMagnitude))
    choice = rows.map { .rows($0) } ?? .rule
  }

  private static func method(of tensor: PlannedTensor, _ target: Codec) throws(ModelError)
    -> any Method.Type
  {
    let name = tensor.method ?? Nearest.name
    guard let method = MethodTable.named(name) else {
      throw ModelError(
        .unsupported, "unknown-method", "the method \(name) is not known", tensor: tensor.name)
    }
    guard method.supports(target) else {
      throw ModelError(
        .unsupported, "method-not-for-encoding",
        "\(name) does not choose numbers of \(target.name)",
        tensor: tensor.name)
    }
    return method
  }

  /// Fills `output` with a leaf whose first element is the tensor's element `first`; returns what
  /// was lost, nil where the numbers are the same by type.
  ///
  /// Throws `refused` (`nonfinite-values`, `value-overflow`), without index or count: the caller
  /// knows the tensor; where weights decide, also `io` or what a plugin reports.
  func transcode(
    _ bytes: UnsafeRawBufferPointer, from first: Int, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> EncodingLoss? {
    if isRepacked {
      repack(bytes, from: first, into: output)
      return nil
    }
    let (loss, scan) =
      if case .rule = choice, source.isPlain {
        transcodeByRule(bytes, into: output)
      } else {
        try transcodeDecoded(bytes, from: first, into: output)
      }
    let hasNonfinite = scan.nonfiniteCount > 0
    let overflows = !hasNonfinite && holdsOverflow(loss.errors, scan)
    guard hasNonfinite || overflows else { return loss }
    guard nonfinite != .refuse else {
      throw ModelError(
        .refused, hasNonfinite ? "nonfinite-values" : "value-overflow", "a value does not fit")
    }
    return try replaceAndEncode(bytes, from: first, into: output)
  }

  private func transcodeByRule(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (EncodingLoss, ValueScan) {
    let result = target.transcode(bytes, from: source.codec, into: output)
    return (EncodingLoss(errors: result.errors), result.scan)
  }

  private func transcodeDecoded(
    _ bytes: UnsafeRawBufferPointer, from first: Int, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> (EncodingLoss, ValueScan) {
    let values = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: source.elementCount(of: bytes))
    defer { values.deallocate() }
    source.decode(bytes, from: first, into: values)
    let scan = ValueScan(UnsafeBufferPointer(values))
    // What is not finite is refused or replaced by the caller: this leaf is encoded again then.
    guard scan.nonfiniteCount == 0 else { return (EncodingLoss(), scan) }
    return (try encode(UnsafeBufferPointer(values), from: first, into: output), scan)
  }

  private func encode(
    _ values: UnsafeBufferPointer<Float>, from first: Int,
    into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> EncodingLoss {
    switch choice {
    case .rule: EncodingLoss(errors: target.encodeMeasuring(values, into: output))
    case .rows(let rows): try rows.encode(values, from: first, into: output)
    case .method(let chosen): chosen.encode(values, from: first, into: output)
    }
  }

  /// Every number has its place in the target, NaN and infinities included: nothing to measure.
  private func repack(
    _ bytes: UnsafeRawBufferPointer, from first: Int, into output: UnsafeMutableRawBufferPointer
  ) {
    let count = source.elementCount(of: bytes)
    // Buffers and leaves begin at multiples of 64 bytes, so F32 is written in place.
    if target.name == F32.name {
      output.withMemoryRebound(to: Float.self) { source.decode(bytes, from: first, into: $0) }
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { values in
      source.decode(bytes, from: first, into: values)
      target.encode(UnsafeBufferPointer(values), into: output)
    }
  }

  /// Whether a finite value became infinite or was cut off.
  private func holdsOverflow(_ errors: ErrorSums, _ scan: ValueScan) -> Bool {
    guard let bound = target.writing?.overflowMagnitude else { return false }
    return !errors.isFinite || (!target.isQuantized && scan.highestMagnitude >= bound)
  }

  private func replaceAndEncode(
    _ bytes: UnsafeRawBufferPointer, from first: Int, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> EncodingLoss {
    let values = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: source.elementCount(of: bytes))
    defer { values.deallocate() }
    source.decode(bytes, from: first, into: values)
    if case .method(let chosen) = choice, chosen.greatestMagnitude(at: first) != nil {
      for index in values.indices where !values[index].isFinite {
        let greatest = chosen.greatestMagnitude(at: first + index) ?? 0
        let isReplaced = nonfinite == .clamp && !values[index].isNaN
        values[index] = isReplaced ? (values[index] < 0 ? -greatest : greatest) : 0
      }
      return chosen.encode(UnsafeBufferPointer(values), from: first, into: output)
    }
    let greatest = target.writing?.greatestMagnitude ?? .greatestFiniteMagnitude
    let replacement: NonfiniteReplacement = nonfinite == .clamp ? .clamp(to: greatest) : .zero
    _ = replacement.apply(to: values)
    // The finite values are the reference: what clamping takes from them is part of the error.
    let reference = Array(values)
    for index in values.indices where values[index].magnitude > greatest {
      values[index] = nonfinite == .clamp ? (values[index] < 0 ? -greatest : greatest) : 0
    }
    var loss = try encode(UnsafeBufferPointer(values), from: first, into: output)
    target.decode(UnsafeRawBufferPointer(output), into: values)
    loss.errors = reference.withUnsafeBufferPointer {
      ErrorSums(reference: $0, decoded: UnsafeBufferPointer(values))
    }
    return loss
  }
}
