internal import Conversion
internal import Dialects
internal import Tensors

/// A plan, printed.
struct PlanReport {
  private let plan: Plan
  private let target: OutputTarget
  private let format: OutputFormat

  init(_ plan: Plan, target: OutputTarget, format: OutputFormat) {
    self.plan = plan
    self.target = target
    self.format = format
  }

  /// Prints the plan: all of it for a dry run and as JSON, otherwise only what is unusual.
  func show(isDryRun: Bool) throws(ModelError) {
    switch format {
    case .quiet: break
    case .json: Terminal.print(json)
    case .human:
      if isDryRun { showTable() }
      for tensor in plan.tensors {
        guard let wanted = tensor.fellBackFrom else { continue }
        Terminal.say(
          "note: \(escapingControls(tensor.name)): \(wanted.rawValue) does not fit "
            + (tensor.fallbackReason.map { "(\($0))" } ?? "")
            + "; the recipe falls back to \(tensor.elementType.rawValue)")
      }
      if !plan.takenIn.isEmpty {
        Terminal.say(
          "note: \(plan.takenIn.count) tensors of factors are not in the output: its numbers have "
            + "taken them in (\(escapingControls(plan.takenIn[0].name)), …)")
      }
      showImportance()
    }
  }

  private func showImportance() {
    guard let importance = plan.importance else { return }
    let missing = plan.tensorsWithoutWeights
    for tensor in missing {
      Terminal.say(
        "note: \(escapingControls(tensor.name)): the importance matrix has no weights for it; "
          + "every column counts alike")
    }
    let unseen = Dictionary(grouping: importance.unseenExperts, by: \.tensor)
    for (tensor, experts) in unseen.sorted(by: { $0.key < $1.key }) {
      let numbers = experts.prefix(8).map { String($0.expert) }.joined(separator: ", ")
      Terminal.say(
        "note: \(escapingControls(tensor)): the calibration text never reached \(experts.count) "
          + "experts (\(numbers)\(experts.count > 8 ? ", …" : "")); their columns count alike")
    }
    Terminal.say(
      "importance matrix: \(importance.entryCount) entries; weights decide "
        + "\(plan.tensors.count { $0.importance == .weighted }) tensors, \(missing.count) would use "
        + "weights and have none")
  }

  private func showTable() {
    var table = TextTable([
      ("tensor", .left), ("shape", .left), ("from", .left), ("to", .left), ("outcome", .left),
      ("bytes", .right), ("bits", .right), ("rule", .left),
    ])
    for tensor in plan.tensors {
      table.add([
        tensor.name, tensor.shape.description, tensor.source.elementType.rawValue,
        tensor.elementType.rawValue, tensor.outcome.rawValue, String(tensor.byteCount),
        decimal(tensor.elementType.bitsPerElement, 3), tensor.rule,
      ])
    }
    for line in table.lines { Terminal.print(line) }
    for file in plan.files { Terminal.print("\(file.name): \(file.byteCount) bytes") }
    Terminal.print(
      "\(plan.tensors.count) tensors, \(ByteSize.text(plan.sourceByteCount)) to "
        + "\(ByteSize.text(plan.outputByteCount)), \(decimal(plan.bitsPerElement, 3)) bits per "
        + "element, \(plan.fallbackCount) fallbacks")
    Terminal.print(
      "needs \(ByteSize.text(plan.resources.memoryByteCount)) of memory with "
        + "\(plan.resources.threadCount) threads, \(ByteSize.text(plan.resources.diskByteCount)) of disk"
    )
  }

  private var json: JSONValue {
    .object([
      "event": .string("plan"), "container": .string(plan.container.id),
      "recipe": .string(plan.job.recipeName),
      "memoryByteCount": .integer(plan.resources.memoryByteCount),
      "diskByteCount": .integer(plan.resources.diskByteCount),
      "threadCount": .integer(plan.resources.threadCount),
      "bitsPerElement": .number("\(plan.bitsPerElement)"),
      "fallbackCount": .integer(plan.fallbackCount),
      "takenIn": .array(plan.takenIn.map { .string($0.name) }),
      "importance": plan.importance.map { importance in
        .object([
          "name": .string(importance.name), "sha256": .string(importance.sha256.hex),
          "entryCount": .integer(importance.entryCount),
          "tensorsWithoutWeights": .array(plan.tensorsWithoutWeights.map { .string($0.name) }),
          "unseenExperts": .array(
            importance.unseenExperts.map {
              .object(["tensor": .string($0.tensor), "expert": .integer($0.expert)])
            }),
        ])
      } ?? .null,
      "files": .array(
        plan.files.map { file in
          .object([
            "path": .string(file.name), "byteCount": .integer(file.byteCount),
            "tensors": .array(file.tensors.map(json(of:))),
          ])
        }),
    ])
  }

  private func json(of tensor: PlannedTensor) -> JSONValue {
    .object([
      "name": .string(tensor.name), "from": .string(tensor.source.elementType.rawValue),
      "to": .string(tensor.elementType.rawValue), "outcome": .string(tensor.outcome.rawValue),
      "offset": .integer(tensor.offset), "byteCount": .integer(tensor.byteCount),
      "method": tensor.method.map { .string($0) } ?? .null,
      "rule": .string(tensor.rule), "importance": .string(tensor.importance.rawValue),
      "fellBackFrom": tensor.fellBackFrom.map { .string($0.rawValue) } ?? .null,
    ])
  }
}
