public import Dialects
internal import Encodings
internal import Methods
public import Recipes
public import Tensors

/// Applies a recipe to a checkpoint: the plan, or in the first second the reason why not.
public struct Planner: Sendable {
  let checkpoint: Checkpoint
  let recipe: Recipe
  let format: any ContainerFormat
  let options: ConversionOptions
  private let programVersion: String
  private let importance: ImportanceMatrix?

  /// Creates a planner for output in `format`; the numbers of tensors that `importance` has weights
  /// for are chosen by them, where the encoding makes use of weights.
  public init(
    _ checkpoint: Checkpoint, recipe: Recipe, format: any ContainerFormat,
    options: ConversionOptions, programVersion: String, importance: ImportanceMatrix? = nil
  ) {
    self.checkpoint = checkpoint
    self.recipe = recipe
    self.format = format
    self.options = options
    self.programVersion = programVersion
    self.importance = importance
  }

  /// Decides every output tensor and every byte range. No weights are read.
  ///
  /// What can be planned and not be carried out, an encoding that Ingot does not fill or one that
  /// needs an importance matrix, is the plan's `refusal`.
  ///
  /// Throws
  /// - `refused`: `row-not-whole-blocks` for a shape that the encoding cannot hold and
  ///   `encoding-unfit` for an NVFP4 tensor whose factor would be lost, where no fallback fits;
  ///   `requantize-not-allowed` for packed numbers that would be quantized again; with `isStrict`
  ///   `strict-fallback`, `strict-requantize`; `companion-name`;
  /// - `unsupported`: `cannot-decode` naming the encoding, `method-not-for-encoding`;
  /// - `malformed` for a `config.json` beside a Hugging Face model that is no JSON;
  /// - `invalidArgument` if the container cannot hold a name, type or value; `importance-size` for an
  ///   importance matrix that does not fit; `split-*`, `too-many-shards`; `output-name`, which a
  ///   manifest could not hold; `metadata-key-*`, `metadata-value` for changes of metadata that cannot
  ///   be made, and `notFound`, `metadata-key-missing`;
  /// - `limitExceeded`: `memory-limit`, `disk-limit`;
  /// - `io` (`disk-full`) if the filesystem of `target` has no room.
  public func plan(for target: OutputTarget) throws(ModelError) -> Plan {
    let metadata = try MetadataCarrier.unpacked(checkpoint.metadata)
    let model = Model(
      tensors: checkpoint.tensors, metadata: metadata, config: try ModelConfig.read(checkpoint))
    let factors = FactorTensors(checkpoint.tensors)
    var decided: [PlannedTensor?] = []
    var refusals = PlanRefusals(importance: importance)
    var methods = MethodUse()
    for (index, source) in checkpoint.tensors.enumerated() {
      guard factors.owner(of: source.name) == nil else {
        decided.append(nil)
        continue
      }
      let unfit = factors.unfit(source, model, metadata)
      var tensor = try decide(
        source, model.meanings[index], model.facts, unfit: unfit, &refusals, &methods)
      if tensor.outcome != .exact { tensor.sourceFactors = try factors.weightFactors(of: source) }
      decided.append(tensor)
    }
    try methods.check()
    let (tensors, takenIn) = try withFactors(decided, factors)
    let edited = try MetadataEdit.apply(
      options.metadataEdits,
      to: OutputMetadata.of(
        metadata, tensors: tensors, fileType: recipe.fileType, importance: importance))
    let files = try files(tensors, edited.entries, for: target)
    var resources = try Plan.Resources.fitting(
      tensors, segmentByteCount: files.reduce(0) { $0 + $1.segmentByteCount },
      importanceByteCount: importance?.byteCount ?? 0, options: options)
    let companions = options.copiesCompanions && target.isFolder ? checkpoint.companionNames : []
    resources.diskByteCount += try besidesByteCount(companions, tensorCount: tensors.count)
    try checkDisk(resources.diskByteCount, for: target)
    for file in files { try checkNames(file.name, companions) }
    var plan = Plan(
      files: files, container: format.identity,
      job: Plan.Job(
        recipeName: recipe.name, recipe: recipe.canonicalForm, nonfinite: options.nonfinite,
        metadataEdits: MetadataEdit.merged([], edited.edits), programVersion: programVersion,
        sourceContainer: checkpoint.files.first?.container.id ?? "",
        translation: options.translation),
      companions: companions, resources: resources, importance: importance,
      refusal: refusals.error(of: recipe))
    plan.takenIn = takenIn
    return plan
  }

  /// A manifest holds only plain paths, so what it could not name is refused before the work.
  private func checkNames(_ output: String, _ companions: [String]) throws(ModelError) {
    guard Manifest.isPlainPath(output) else {
      throw ModelError(
        .invalidArgument, "output-name",
        "a name with backslashes or control characters cannot be in a manifest", file: output)
    }
    for path in companions where !Manifest.isPlainPath(path) {
      throw ModelError(
        .refused, "companion-name",
        "a name with backslashes or control characters cannot be in a manifest", file: path)
    }
  }

  private func decide(
    _ source: TensorInfo, _ meaning: TensorMeaning, _ model: ModelFacts,
    unfit: [ElementType: String], _ refusals: inout PlanRefusals, _ methods: inout MethodUse
  ) throws(ModelError) -> PlannedTensor {
    let decision: Decision
    do throws(ModelError) {
      decision = try recipe.decide(
        source, meaning, of: model, hasImportance: importance != nil, unfit: unfit)
    } catch {
      throw error.at(tensor: source.name)
    }
    let outcome = Outcome.of(source.elementType, as: decision.encoding)
    if outcome != .exact {
      try checkDecoding(source)
      refusals.note(source, decision)
    }
    if options.isStrict { try checkStrictness(source, decision, outcome) }
    var tensor = PlannedTensor(
      name: source.name, source: source, elementType: decision.encoding,
      method: outcome == .requantized ? try methods.name(for: decision, source) : nil,
      outcome: outcome, offset: 0,
      byteCount: try decision.encoding.byteCount(of: source.shape), rule: decision.rule,
      fellBackFrom: decision.fellBackFrom)
    tensor.fallbackReason = decision.fallbackReason
    tensor.importance = try ImportanceUse.of(tensor, in: importance)
    return tensor
  }

  private func checkDecoding(_ source: TensorInfo) throws(ModelError) {
    guard let codec = EncodingTable.named(source.elementType.rawValue), codec.canDecode else {
      throw ModelError(
        .unsupported, "cannot-decode",
        "the numbers of \(source.elementType.rawValue) cannot be read; a rule may keep the tensor",
        tensor: source.name)
    }
  }

  private func checkStrictness(_ source: TensorInfo, _ decision: Decision, _ outcome: Outcome)
    throws(ModelError)
  {
    if let wanted = decision.fellBackFrom {
      throw ModelError(
        .refused, "strict-fallback",
        "\(wanted.rawValue) does not fit: \(decision.fallbackReason ?? "its shape"); --strict "
          + "refuses the fallback to \(decision.encoding.rawValue)", tensor: source.name)
    }
    if outcome == .requantized, source.elementType.blockElementCount > 1 {
      throw ModelError(
        .refused, "strict-requantize",
        "\(source.elementType.rawValue) would be quantized again as "
          + "\(decision.encoding.rawValue); --strict refuses", tensor: source.name)
    }
  }

  /// Bytes of companions, manifest and checksums; an entry of a manifest takes some 700.
  private func besidesByteCount(_ companions: [String], tensorCount: Int) throws(ModelError) -> Int
  {
    var sum = 8192 + 1024 * (tensorCount + companions.count)
    for companion in companions {
      sum +=
        checkpoint.madeCompanions[companion]?.count
        ?? FileIdentity.of(path: (checkpoint.folder ?? ".") + "/" + companion)?.byteCount ?? 0
    }
    return sum
  }

  private func checkDisk(_ byteCount: Int, for target: OutputTarget) throws(ModelError) {
    if let limit = options.maximumDisk, byteCount > limit {
      throw ModelError(
        .limitExceeded, "disk-limit",
        "the output takes \(byteCount) bytes; \(limit) are allowed by --max-disk")
    }
    var folder = FileSystem.parent(of: target.path)
    while !FileSystem.isFolder(folder), folder != "/", folder != "." {
      folder = FileSystem.parent(of: folder)
    }
    // What an interrupted run has already written is written over or removed.
    let staged = FileSystem.allocatedByteCount(below: try target.stagingPath() + "/content")
    if let free = FileSystem.freeByteCount(at: folder), byteCount - min(staged, byteCount) > free {
      throw ModelError(
        .io, "disk-full", "the output takes \(byteCount) bytes; \(free) are free", file: folder)
    }
  }
}
