internal import ArgumentParser
internal import Conversion
internal import Dialects
internal import Tensors

/// `ingot diff`: two checkpoints, tensor by tensor, across formats.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two checkpoints tensor by tensor, across formats.",
    discussion: """
      Tensors are matched by name, those of a Hugging Face model by the names that llama.cpp has for \
      them if the other model is llama.cpp's; --generic takes names as they are. Each pair is equal in bits, equal in numbers once decoded, or \
      different, with the error of the second against the first. The exit status is 0 if every \
      tensor has equal numbers, 1 otherwise.

      """ + ExitStatus.help)

  @Argument(help: "The reference: a path or org/name[@revision].")
  var first: String

  @Argument(help: "What is compared with it.")
  var second: String

  @Option(help: "Worker threads; all cores by default.")
  var threads: Int?

  @Flag(help: "Show tensors that are equal too.")
  var all = false

  @Flag(help: "Match names as they are, also those of Hugging Face with those of llama.cpp.")
  var generic = false

  @Option(help: "human, json or quiet (names of tensors that differ).")
  var format = OutputFormat.human

  @OptionGroup var sources: SourceOptions

  func run() throws {
    let catalog = sources.catalog
    let (a, b) = try inOneDialect(
      sources.open(first, with: catalog), sources.open(second, with: catalog))
    let bar = ProgressBar("compare", format: format)
    let results = try Comparison(a, b).run(threadCount: threads ?? Processors.count) {
      bar.show($0, of: a.dataByteCount)
    }
    let isEqual = results.allSatisfy {
      $0.relation == .equalBits || $0.relation == .equalNumbers
    }
    show(results)
    if !isEqual { throw ExitStatus.differenceFound }
  }

  /// A Hugging Face model as llama.cpp has it, if the other one is llama.cpp's.
  private func inOneDialect(_ a: Checkpoint, _ b: Checkpoint) throws(ModelError)
    -> (Checkpoint, Checkpoint)
  {
    func dialect(_ checkpoint: Checkpoint) throws(ModelError) -> Dialect {
      Dialect.detect(
        names: checkpoint.tensors.lazy.map(\.name),
        metadata: try MetadataCarrier.unpacked(checkpoint.metadata))
    }
    func translated(_ checkpoint: Checkpoint) throws(ModelError) -> Checkpoint {
      try Translation.toLlamaCpp(
        checkpoint, files: ModelFiles(checkpoint), tokenizerMetadata: [], generalMetadata: [],
        vocabularySize: nil
      ).checkpoint
    }
    guard !generic else { return (a, b) }
    switch try (dialect(a), dialect(b)) {
    case (.huggingFace, .llamaCpp): return (try translated(a), b)
    case (.llamaCpp, .huggingFace): return (a, try translated(b))
    default: return (a, b)
    }
  }

  private func show(_ results: [TensorComparison]) {
    switch format {
    case .quiet:
      for result in results
      where result.relation != .equalBits && result.relation != .equalNumbers {
        Terminal.print(escapingControls(result.name))
      }
    case .json:
      for result in results { Terminal.print(json(result)) }
    case .human:
      var table = TextTable([
        ("tensor", .left), ("relation", .left), ("first", .left), ("second", .left),
        ("relative RMSE", .right), ("maximum", .right), ("SNR dB", .right),
      ])
      for result in results where all || result.relation != .equalBits {
        table.add([
          result.name, result.relation.rawValue, side(result.first), side(result.second),
          result.measure.map { decimal($0.relativeRMSE, 6) } ?? "",
          result.measure.map { decimal($0.maximum, 6) } ?? "",
          result.measure.flatMap(\.snrDecibel).map { decimal($0, 2) } ?? "",
        ])
      }
      if table.lines.count > 1 { for line in table.lines { Terminal.print(line) } }
      let counts = TensorComparison.Relation.allCases.compactMap { relation in
        let count = results.count { $0.relation == relation }
        return count == 0 ? nil : "\(count) \(relation.rawValue)"
      }
      Terminal.print(counts.isEmpty ? "no tensors" : counts.joined(separator: ", "))
    }
  }

  private func side(_ tensor: TensorInfo?) -> String {
    tensor.map { "\($0.elementType.rawValue) \($0.shape)" } ?? "-"
  }

  private func json(_ result: TensorComparison) -> JSONValue {
    .object([
      "name": .string(result.name), "relation": .string(result.relation.rawValue),
      "firstEncoding": result.first.map { .string($0.elementType.rawValue) } ?? .null,
      "secondEncoding": result.second.map { .string($0.elementType.rawValue) } ?? .null,
      "relativeRMSE": number(result.measure?.relativeRMSE),
      "maximum": number(result.measure?.maximum),
      "snrDecibel": number(result.measure?.snrDecibel),
    ])
  }

  private func number(_ value: Double?) -> JSONValue {
    guard let value else { return .null }
    return value.isFinite ? .number("\(value)") : .string("\(value)")
  }
}
