public import Dialects
internal import Digests
internal import Encodings
internal import Methods
public import Tensors

/// Makes tensors of an output again from its source, as the manifest says they were made, and
/// compares them with what the manifest says they are: trust in arithmetic, not in the publisher.
public struct Rederivation: Sendable {
  /// What came of it.
  public struct Result: Sendable {
    /// Tensors made again.
    public var tensorCount: Int
    /// What differs.
    public var findings: [OutputFinding]
  }

  private let source: Checkpoint
  private let manifest: Manifest
  private let share: Double
  private let importance: ImportanceMatrix?
  private let factorTensors: FactorTensors
  private let factors: TensorFactors

  /// Creates a re-derivation of `share` (above 0, at most 1) of the tensors.
  ///
  /// `importance` is the matrix that the manifest names, with the selection that it names. Throws
  /// `invalidArgument`: `importance-missing`, `importance-unexpected`, and `importance-differs` for
  /// another file or selection than the manifest's.
  public init(
    _ source: Checkpoint, manifest: Manifest, share: Double, importance: ImportanceMatrix? = nil
  ) throws(ModelError) {
    self.source = source
    self.manifest = manifest
    self.share = share
    self.importance = importance
    factorTensors = FactorTensors(source.tensors)
    factors = TensorFactors(source)
    try checkImportance()
  }

  private func checkImportance() throws(ModelError) {
    switch (manifest.importance, importance) {
    case (nil, nil): return
    case (nil, let given?):
      throw ModelError(
        .invalidArgument, "importance-unexpected",
        "the output was made without an importance matrix", file: given.name)
    case (let expected?, nil):
      throw ModelError(
        .invalidArgument, "importance-missing",
        "the output was made with the importance matrix \(escapingControls(expected.name)), "
          + "SHA-256 \(expected.sha256); name it by --imatrix")
    case (let expected?, let given?):
      guard given.sha256 == expected.sha256, given.selection.include == expected.include,
        given.selection.exclude == expected.exclude
      else {
        throw ModelError(
          .invalidArgument, "importance-differs",
          "the output was made with another importance matrix: \(escapingControls(expected.name)), "
            + "SHA-256 \(expected.sha256), and not \(given.sha256)", file: given.name)
      }
    }
  }

  /// Makes the sample again. The sample is the first tensors in the order of their digests: spread
  /// over the file, and the same for everyone. At least one tensor is taken.
  ///
  /// A source tensor that is missing or has another digest is a finding, and so is a tensor for which
  /// the manifest's recipe decides otherwise than the manifest says. Throws `io`, `unsupported`
  /// (`unknown-method`) for a method this program does not know, `malformed` (`recipe-form`).
  public func run(threadCount: Int) throws(ModelError) -> Result {
    let recipe = try RecipeCheck(source, manifest)
    let all = manifest.files.flatMap { file in file.tensors.map { (file.path, $0) } }
    let count = all.isEmpty ? 0 : max(1, Int((Double(all.count) * share).rounded(.up)))
    let sample = all.sorted { $0.1.digest.hex < $1.1.digest.hex }.prefix(count)
    let sources = Dictionary(source.tensors.map { ($0.name, $0) }) { first, _ in first }
    let numbers = manifest.tensorsOfFactors
    let items = Array(sample)
    let state = Monitor(
      (
        next: 0, findings: [[OutputFinding]](repeating: [], count: items.count),
        failure: ModelError?.none
      ))
    onThreads(max(1, min(threadCount, items.count))) { _ in
      while let index = state.withLock({ state -> Int? in
        guard state.failure == nil, state.next < items.count else { return nil }
        defer { state.next += 1 }
        return state.next
      }) {
        do throws(ModelError) {
          let (path, tensor) = items[index]
          let owner = tensor.outcome == .derived ? numbers[tensor.name] : nil
          let findings = try check(
            tensor, in: path, source: sources[owner?.name ?? tensor.name],
            expectedShape: owner?.shape ?? tensor.shape, recipe)
          state.withLock { $0.findings[index] = findings }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return Result(tensorCount: items.count, findings: state.withLock { $0.findings.flatMap { $0 } })
  }

  private func check(
    _ tensor: Manifest.Tensor, in file: String, source info: TensorInfo?, expectedShape: Shape,
    _ recipe: RecipeCheck
  ) throws(ModelError) -> [OutputFinding] {
    guard let info, info.shape == expectedShape, info.elementType == tensor.sourceEncoding else {
      return [
        OutputFinding(
          kind: .source, file: file, tensor: tensor.name,
          expected: "\(tensor.sourceEncoding.rawValue) \(expectedShape)",
          found: info.map { "\($0.elementType.rawValue) \($0.shape)" } ?? "nothing")
      ]
    }
    if let method = tensor.method, MethodTable.named(method) == nil {
      throw ModelError(
        .unsupported, "unknown-method", "the method \(method) is not known", file: file,
        tensor: tensor.name)
    }
    if let finding = recipe.finding(tensor, in: file, source: info) { return [finding] }
    var planned = PlannedTensor(
      name: tensor.name, source: info, elementType: tensor.encoding, method: tensor.method,
      outcome: tensor.outcome, offset: 0, byteCount: tensor.byteCount, rule: "manifest",
      fellBackFrom: tensor.fellBackFrom)
    if tensor.outcome == .derived { planned.factorShape = tensor.shape }
    if tensor.outcome != .exact {
      planned.sourceFactors = try factorTensors.weightFactors(of: info)
    }
    planned.importance = try ImportanceUse.of(planned, in: importance)
    let records = try make(planned)
    var made = Manifest.Tensor(
      planned, leaves: records,
      sourceFactors: tensor.outcome == .derived ? nil : try planned.sourceFactors.map(digest))
    if tensor.outcome == .derived { made.sourceDigest = try source.digest(of: info) }
    if made.sourceDigest != tensor.sourceDigest || made.sourceFactors != tensor.sourceFactors {
      let differ = made.sourceDigest == tensor.sourceDigest
      return [
        OutputFinding(
          kind: .source, file: file, tensor: tensor.name,
          expected: differ
            ? tensor.sourceFactors?.hex ?? "no factors" : tensor.sourceDigest.hex,
          found: differ ? made.sourceFactors?.hex ?? "no factors" : made.sourceDigest.hex)
      ]
    }
    if made.digest == tensor.digest, made.error != tensor.error {
      return [
        OutputFinding(
          kind: .rederivation, file: file, tensor: tensor.name,
          expected: "relative RMSE \(tensor.error.relativeRMSE), maximum \(tensor.error.maximum)",
          found: "relative RMSE \(made.error.relativeRMSE), maximum \(made.error.maximum)")
      ]
    }
    if made.digest == tensor.digest, made.objective != tensor.objective {
      return [
        OutputFinding(
          kind: .rederivation, file: file, tensor: tensor.name,
          expected: tensor.objective?.description ?? "no objective",
          found: made.objective?.description ?? "no objective")
      ]
    }
    guard made.digest != tensor.digest else { return [] }
    return [
      OutputFinding(
        kind: .rederivation, file: file, tensor: tensor.name, expected: tensor.digest.hex,
        found: made.digest.hex)
    ]
  }

  private func digest(_ tensor: TensorInfo) throws(ModelError) -> Digest {
    try source.digest(of: tensor)
  }

  private func make(_ tensor: PlannedTensor) throws(ModelError) -> [LeafRecord] {
    func unit(_ first: Int) -> UnitExtent {
      UnitExtent(
        Unit(
          fileIndex: 0, tensorIndex: 0, firstLeaf: first,
          leafCount: min(2, tensor.leafCount - first)), of: tensor)
    }
    guard tensor.leafCount > 0 else { return [] }
    let largest = unit(0)
    let worker = UnitWorker(
      source, nonfinite: manifest.nonfinite, importance: importance, factors: factors,
      sourceByteCount: largest.sourceByteCount)
    let output = ByteBuffer(byteCount: largest.outputByteCount)
    var records: [LeafRecord] = []
    for first in stride(from: 0, to: tensor.leafCount, by: 2) {
      let extent = unit(first)
      let bytes = output.prefix(extent.outputByteCount)
      let made = try worker.make(tensor, extent, into: bytes)
      let leaves = TensorDigest.leaves(
        of: UnsafeRawBufferPointer(bytes), elementType: tensor.elementType)
      records += zip(made, leaves).map { $0.record(output: $1) }
    }
    return records
  }
}
