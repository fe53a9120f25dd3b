internal import ArgumentParser
internal import Conversion
internal import Tensors

/// `ingot diff`: two checkpoints, tensor by tensor, across formats.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two checkpoints tensor by tensor, across formats.",
    discussion: """
      Tensors are matched by name. Each pair is equal in bits, equal in numbers once decoded, or \
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

  @Option(help: "human, json or quiet (names of tensors that differ).")
  var format = OutputFormat.human

  @OptionGroup var sources: SourceOptions

  func run() throws {
    let catalog = sources.catalog
    let a = try sources.open(first, with: catalog)
    let b = try sources.open(second, with: catalog)
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
