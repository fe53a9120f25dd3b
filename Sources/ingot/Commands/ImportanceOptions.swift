internal import ArgumentParser
internal import Dialects
internal import Tensors

/// Which columns matter: a file of llama-imatrix, and which of its entries count.
struct ImportanceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Choose numbers by this importance matrix: GGUF or .dat of llama-imatrix.",
      valueName: "file"))
  var imatrix: String?

  @Option(
    name: .customLong("include-weights"),
    help: ArgumentHelp(
      "Only entries of the matrix whose name the pattern finds; repeatable.", valueName: "regex"))
  var includeWeights: [String] = []

  @Option(
    name: .customLong("exclude-weights"),
    help: ArgumentHelp(
      "No entries of the matrix whose name the pattern finds; repeatable.", valueName: "regex"))
  var excludeWeights: [String] = []

  func validate() throws {
    if !includeWeights.isEmpty, !excludeWeights.isEmpty {
      throw ValidationError("--include-weights and --exclude-weights exclude each other.")
    }
    if imatrix == nil, !includeWeights.isEmpty || !excludeWeights.isEmpty {
      throw ValidationError("--include-weights and --exclude-weights go with --imatrix.")
    }
  }

  /// The matrix, or nil if none is named. Throws what `ImportanceFile.read` throws, and
  /// `invalidArgument` (`bad-pattern`). `memoryLimit` is what `--max-memory` leaves for it.
  func load(with sources: SourceOptions, memoryLimit: Int?) throws(ModelError)
    -> ImportanceMatrix?
  {
    guard let imatrix else { return nil }
    return try ImportanceFile.read(
      imatrix, with: sources,
      selection: ImportanceFile.selection(include: includeWeights, exclude: excludeWeights),
      memoryLimit: memoryLimit)
  }
}
