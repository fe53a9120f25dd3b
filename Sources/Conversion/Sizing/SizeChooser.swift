public import Dialects
internal import Encodings
internal import Methods
public import Recipes
public import Tensors

/// Chooses a type for each tensor so that the output is as good as it can be and not larger than
/// wished.
///
/// Every type that the container and the tensor's shape allow, that Ingot can write and that is
/// smaller than the source's is measured on the tensor's own numbers, by an importance matrix's
/// weights if there is one, and rounded to nearest whatever the method; `SizingSolver` chooses; and
/// the planner, headers included, has the last word about the size. A type in which a value of the
/// tensor might overflow or be cut off is none to choose. The result depends on model, matrix, recipe
/// and target only.
public struct SizeChooser: Sendable {
  let checkpoint: Checkpoint
  let base: Recipe
  let references: [Recipe]
  let format: any ContainerFormat
  let options: ConversionOptions
  let programVersion: String
  let importance: ImportanceMatrix?
  let events: Converter.Events

  /// The types that are considered, besides a tensor's own: all that Ingot can write.
  static let types = EncodingTable.all.filter(\.canEncode).compactMap {
    ElementType(rawValue: $0.name)
  }

  /// Prepares a choice.
  ///
  /// - Parameters:
  ///   - checkpoint: The source.
  ///   - base: What its rules keep is kept, and what its overrides say is done; of all other tensors
  ///     the type is chosen.
  ///   - references: Recipes that the result is not worse than, where they fit the size.
  ///   - format: The container of the output.
  ///   - options: As for the conversion.
  ///   - programVersion: The program's version.
  ///   - importance: The weights of columns; nil if all count alike.
  ///   - events: Hears of progress in bytes of numbers, and may cancel.
  public init(
    _ checkpoint: Checkpoint, base: Recipe, references: [Recipe] = [],
    format: any ContainerFormat, options: ConversionOptions, programVersion: String,
    importance: ImportanceMatrix? = nil, events: Converter.Events = Converter.Events()
  ) {
    self.checkpoint = checkpoint
    self.base = base
    self.references = references
    self.format = format
    self.options = options
    self.programVersion = programVersion
    self.importance = importance
    self.events = events
  }

  /// Measures, and chooses the recipe whose output at `output` keeps to `target`.
  ///
  /// Throws `refused` (`target-too-small`, with what is missing; `value-overflow` for a tensor whose
  /// type is given or that no type can hold), `unsupported` (`cannot-encode`) for a given type that
  /// Ingot does not write, `limitExceeded` (`memory-limit`), what `Planner.plan` and `Recipe.decide`
  /// throw, `cancelled`, `io`, or what a plugin reports.
  public func choose(
    _ target: SizeTarget, for output: OutputTarget
  ) throws(ModelError) -> SizedRecipe {
    let metadata = try MetadataCarrier.unpacked(checkpoint.metadata)
    let model = Model(
      tensors: checkpoint.tensors, metadata: metadata, config: try ModelConfig.read(checkpoint))
    let factors = FactorTensors(checkpoint.tensors)
    let unfit = checkpoint.tensors.map { factors.unfit($0, model, metadata) }
    let choices = try self.choices(model, factors, unfit: unfit)
    func excess(_ types: [ElementType]) throws(ModelError) -> Int {
      let planner = Planner(
        checkpoint, recipe: try recipe(types, choices, target), format: format, options: options,
        programVersion: programVersion, importance: importance)
      return target.excess(of: try planner.plan(for: output))
    }
    // What no choice can make fit, in size or in memory, is refused before anything is measured.
    let least = try excess(choices.map { $0.types[0] })
    guard least <= 0 else { throw tooSmall(target, by: least, choices) }
    let tensors = try measured(choices)
    let problem = try SizingProblem(
      tensors.map { tensor in
        tensor.candidates.map {
          SizingProblem.Candidate(
            $0.elementType, byteCount: $0.byteCount,
            harm: Double(tensor.source.shape.elementCount) * $0.relativeSquaredError)
        }
      })
    let solver = SizingSolver(
      problem,
      references: references.compactMap { self.assignment(of: $0, tensors, model, unfit: unfit) })
    func types(_ assignment: [Int]) -> [ElementType] {
      zip(tensors, assignment).map { $0.candidates[$1].elementType }
    }
    let search = SizeSearch(solver: solver, problem: problem) { (assignment) throws(ModelError) in
      try excess(types(assignment))
    }
    let assignment: [Int]
    switch try search.run() {
    case .found(let found): assignment = found
    case .tooSmall(let excess): throw tooSmall(target, by: excess, choices)
    }
    var sized = tensors
    for index in sized.indices {
      sized[index].choice = assignment[index]
      sized[index].method = method(for: sized[index].chosen.elementType, choices[index])
    }
    return SizedRecipe(
      recipe: try recipe(types(assignment), choices, target), tensors: sized,
      harm: problem.harm(of: assignment), wantedMethod: base.method)
  }

  private func tooSmall(
    _ target: SizeTarget, by excess: Int, _ choices: [SizingChoice]
  ) -> ModelError {
    let locked = choices.contains(where: \.isLocked)
    return ModelError(
      .refused, "target-too-small",
      "even with the smallest types the output has \(excess) bytes more than \(target.text) allow"
        + (locked ? "; packed tensors stay as they are without --allow-requantize" : ""))
  }

  private func measured(_ choices: [SizingChoice]) throws(ModelError) -> [SizedRecipe.Tensor] {
    let jobs = choices.map { choice in
      SizingPass.Job(
        tensor: choice.tensor, types: choice.types.filter(choice.isLossy),
        hasChoice: choice.types.count > 1)
    }
    let threadCount = try Plan.Resources.measuringThreadCount(
      bufferByteCount: SizingPass.bufferByteCount(jobs), tensorCount: jobs.count,
      importanceByteCount: importance?.byteCount ?? 0, options: options)
    let results = try SizingPass(checkpoint, jobs, importance: importance, events: events)
      .run(threadCount: threadCount)
    var tensors: [SizedRecipe.Tensor] = []
    for (choice, (job, errors)) in zip(choices, zip(jobs, results)) {
      var candidates: [SizedRecipe.Candidate] = []
      for type in choice.types {
        let place = job.types.firstIndex(of: type)
        // A type in which a value overflows is none to choose.
        guard let error = place.map({ errors[$0] }) ?? 0 else { continue }
        candidates.append(
          .init(
            elementType: type, byteCount: try choice.byteCount(type),
            relativeSquaredError: error))
      }
      guard !candidates.isEmpty else {
        throw ModelError(
          .refused, "value-overflow",
          "the tensor's values are too great for "
            + choice.types.map(\.rawValue).joined(separator: ", "), tensor: choice.tensor.name)
      }
      tensors.append(
        .init(source: choice.tensor, candidates: candidates, choice: 0, method: nil))
    }
    return tensors
  }

  /// The recipe that gives the tensors these types. It names a method only if that is for one of them:
  /// what a method does not fill is rounded to nearest, as in every mixture.
  private func recipe(
    _ types: [ElementType], _ choices: [SizingChoice], _ target: SizeTarget
  ) throws(ModelError) -> Recipe {
    var named: [(tensor: String, type: ElementType)] = []
    var method = Nearest.name
    for (type, choice) in zip(types, choices) where !choice.isKept {
      named.append((choice.tensor.name, type))
      if self.method(for: type, choice) == base.method { method = base.method }
    }
    return try Recipe.naming(
      named, name: target.recipeName, summary: "The best found within \(target.text).",
      method: method, allowsRequantization: base.allowsRequantization)
  }

  /// Who chooses the numbers of a tensor in `type`; nil where they stay the same.
  private func method(for type: ElementType, _ choice: SizingChoice) -> String? {
    guard choice.isLossy(type) else { return nil }
    guard let codec = EncodingTable.named(type.rawValue),
      let method = MethodTable.named(base.method), method.supports(codec)
    else { return Nearest.name }
    return base.method
  }
}
