public import Dialects
public import Recipes
public import Tensors

/// Chooses a type for each tensor so that the output is as good as it can be and not larger than
/// wished.
///
/// Every type that the container can hold and Ingot can write is measured on the tensor's own
/// numbers, by an importance matrix's weights if there is one; `SizingSolver` chooses; and the
/// planner, headers included, has the last word about the size. The result depends on model, matrix,
/// recipe and target only.
public struct SizeChooser: Sendable {
  let checkpoint: Checkpoint
  let base: Recipe
  let references: [Recipe]
  let format: any ContainerFormat
  let options: ConversionOptions
  let programVersion: String
  let importance: ImportanceMatrix?
  let events: Converter.Events

  /// The types that are considered, besides a tensor's own.
  static let types: [ElementType] = [
    .Q2_K, .Q3_K, .IQ4_XS, .IQ4_NL, .Q4_0, .Q4_K, .Q4_1, .Q5_0, .Q5_K, .Q5_1, .Q6_K, .F8_E4M3,
    .Q8_0, .F16, .BF16, .F32,
  ]

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
  /// Throws `refused` (`target-too-small`, with the least size there is), what `Planner.plan` and
  /// `Recipe.decide` throw, `cancelled`, `io`, or what a plugin reports.
  public func choose(
    _ target: SizeTarget, for output: OutputTarget
  ) throws(ModelError) -> SizedRecipe {
    let model = Model(
      tensors: checkpoint.tensors, metadata: try MetadataCarrier.unpacked(checkpoint.metadata),
      config: try ModelConfig.read(checkpoint))
    let choices = try self.choices(model)
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
      problem, references: references.compactMap { self.assignment(of: $0, tensors, model) })
    let search = SizeSearch(solver: solver, problem: problem) { (assignment) throws(ModelError) in
      let planner = Planner(
        self.checkpoint, recipe: try self.recipe(assignment, tensors, choices, target),
        format: self.format, options: self.options, programVersion: self.programVersion,
        importance: self.importance)
      return target.excess(of: try planner.plan(for: output))
    }
    let assignment: [Int]
    switch try search.run() {
    case .found(let found): assignment = found
    case .tooSmall(let excess):
      let locked = choices.contains(where: \.isLocked)
      throw ModelError(
        .refused, "target-too-small",
        "even with the smallest types the output has \(excess) bytes more than "
          + "\(target.text) allow"
          + (locked ? "; packed tensors stay as they are without --allow-requantize" : ""))
    }
    var sized = tensors
    for index in sized.indices { sized[index].choice = assignment[index] }
    return SizedRecipe(
      recipe: try recipe(assignment, tensors, choices, target), tensors: sized,
      harm: problem.harm(of: assignment))
  }

  private func measured(_ choices: [SizingChoice]) throws(ModelError) -> [SizedRecipe.Tensor] {
    let jobs = choices.map { choice in
      SizingPass.Job(tensor: choice.tensor, types: choice.types.filter(choice.isLossy))
    }
    let room = max(0, (options.maximumMemory ?? Int.max) - (64 << 20))
    let threadCount = max(1, min(options.threadCount, room / SizingPass.bufferByteCount(jobs)))
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
            elementType: type, byteCount: try type.byteCount(of: choice.tensor.shape),
            relativeSquaredError: error))
      }
      guard !candidates.isEmpty else {
        throw ModelError(
          .refused, "value-overflow", "the tensor's values fit none of the types",
          tensor: choice.tensor.name)
      }
      tensors.append(.init(source: choice.tensor, candidates: candidates, choice: 0))
    }
    return tensors
  }

  private func recipe(
    _ assignment: [Int], _ tensors: [SizedRecipe.Tensor], _ choices: [SizingChoice],
    _ target: SizeTarget
  ) throws(ModelError) -> Recipe {
    var named: [(tensor: String, type: ElementType)] = []
    for (index, choice) in choices.enumerated() where !choice.isKept {
      named.append(
        (choice.tensor.name, tensors[index].candidates[assignment[index]].elementType))
    }
    return try Recipe.naming(
      named, name: target.recipeName, summary: "The best found within \(target.text).",
      method: base.method, allowsRequantization: base.allowsRequantization)
  }
}
