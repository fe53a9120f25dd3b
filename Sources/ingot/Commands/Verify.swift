internal import ArgumentParser
internal import Conversion
internal import Dialects
internal import Tensors

/// `ingot verify`: an output against its manifest, and against its source.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check an output against its manifest; with --rederive, against its source.",
    discussion: """
      Every file is hashed again. Files and tensors that differ, are missing or extra are named. \
      --rederive applies the manifest's recipe to the source again and compares bytes, so that the \
      publisher need not be trusted; --sample takes a part of the tensors, always the same ones. \
      An output that was made with an importance matrix needs the same file again.

      """ + ExitStatus.help)

  @Argument(help: "An output folder, or an output file with its manifest beside it.")
  var path: String

  @Option(help: ArgumentHelp("Recompute tensors from this source.", valueName: "source"))
  var rederive: String?

  @Option(
    help: ArgumentHelp("Recompute this share of the tensors, such as 5%.", valueName: "share"))
  var sample: Percentage?

  @Option(
    help: ArgumentHelp("The importance matrix that the manifest names.", valueName: "file"))
  var imatrix: String?

  @Option(help: "Worker threads; all cores by default.")
  var threads: Int?

  @Option(help: "human, json or quiet.")
  var format = OutputFormat.human

  @OptionGroup var sources: SourceOptions

  func validate() throws {
    if sample != nil, rederive == nil {
      throw ValidationError("--sample goes with --rederive")
    }
    if imatrix != nil, rederive == nil {
      throw ValidationError("--imatrix goes with --rederive")
    }
  }

  func run() throws {
    let verification = try OutputVerification(OutputVerification.Location(of: path))
    let manifest = verification.manifest
    let count = threads ?? Processors.count
    let all = manifest.files.reduce(0) { $0 + $1.byteCount }
    let bar = ProgressBar("verify", format: format)
    var findings = try verification.run(threadCount: count) { bar.show($0, of: all) }
    var recomputed = 0
    if let rederive {
      let catalog = sources.catalog
      let source = try translated(sources.open(rederive, with: catalog), by: manifest)
      let importance = try imatrix.map { path throws(ModelError) in
        try ImportanceFile.read(
          path, with: sources,
          selection: ImportanceFile.selection(
            include: manifest.importance?.include ?? [],
            exclude: manifest.importance?.exclude ?? []))
      }
      let result = try Rederivation(
        source, manifest: manifest, share: sample?.share ?? 1, importance: importance
      ).run(threadCount: count)
      recomputed = result.tensorCount
      findings += result.findings
    }
    show(findings, manifest, recomputed: recomputed)
    if !findings.isEmpty { throw ExitStatus.differenceFound }
  }

  /// `source` as the conversion saw it.
  private func translated(_ source: Checkpoint, by manifest: Manifest) throws(ModelError)
    -> Checkpoint
  {
    guard let wanted = manifest.translation else { return source }
    let metadata = try MetadataCarrier.unpacked(source.metadata)
    // The pre-tokenizer is a word in the metadata, and no tensor depends on it.
    let options = Translation.Options(
      tokenizer: TokenizerTranslation.Options(preTokenizer: "default"))
    guard
      let translation = try Translation.whole(
        source, metadata: metadata, into: wanted.dialect, options: options),
      translation.architecture == wanted.architecture
    else {
      throw ModelError(
        .invalidArgument, "translation-differs",
        "the output was translated by the architecture file \(wanted.architecture), and "
          + "this source would not be")
    }
    return translation.checkpoint
  }

  private func show(_ findings: [OutputFinding], _ manifest: Manifest, recomputed: Int) {
    let tensors = manifest.files.reduce(0) { $0 + $1.tensors.count }
    switch format {
    case .quiet: for finding in findings { Terminal.print(escapingControls(finding.file)) }
    case .json:
      for finding in findings {
        Terminal.print(
          .object([
            "event": .string("finding"), "kind": .string(finding.kind.rawValue),
            "file": .string(finding.file), "tensor": finding.tensor.map { .string($0) } ?? .null,
            "expected": .string(finding.expected), "found": .string(finding.found),
          ]))
      }
      Terminal.print(
        .object([
          "event": .string("done"), "findingCount": .integer(findings.count),
          "fileCount": .integer(manifest.files.count), "tensorCount": .integer(tensors),
          "rederivedTensorCount": .integer(recomputed),
        ]))
    case .human:
      for finding in findings { Terminal.print(finding.description) }
      let rederived = rederive == nil ? "" : ", \(recomputed) tensors recomputed from the source"
      Terminal.print(
        findings.isEmpty
          ? "verified: \(manifest.files.count) files, \(tensors) tensors\(rederived)"
          : "\(findings.count) differences")
    }
  }
}

/// `5%` or `0.05`.
struct Percentage: ExpressibleByArgument {
  /// Between 0 and 1.
  let share: Double

  init?(argument: String) {
    let text = argument.hasSuffix("%") ? String(argument.dropLast()) : argument
    guard let number = Double(text) else { return nil }
    share = argument.hasSuffix("%") ? number / 100 : number
    guard share > 0, share <= 1 else { return nil }
  }
}
