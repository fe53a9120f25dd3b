internal import ArgumentParser
internal import Conversion
internal import Dialects
internal import PluginKit
internal import Recipes
internal import Tensors

/// `ingot convert`: a checkpoint in, a packed and provable one out.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Apply a recipe and write a packed file with a manifest.",
    discussion: """
      The plan is made first: what cannot work is refused before a weight is read, and --dry-run \
      stops there. Between safetensors and GGUF a model is translated, names, configuration and \
      tokenizer included, so that transformers or llama.cpp runs it. A run that was killed goes on where it was when the same command is given again, \
      and ends with the same bytes. Memory is bounded by --max-memory, never by the model.

      """ + ExitStatus.help)

  @Argument(help: "A file, a first shard, a folder, or org/name[@revision].")
  var source: String

  @Argument(help: ArgumentHelp("The same as --output.", valueName: "output"))
  var positionalOutput: String?

  @Option(
    name: [.customShort("o"), .long, .customLong("outfile")],
    help: "A folder, which appears whole; or a file name that ends in a container's extension.")
  var output: String?

  @OptionGroup(title: "Recipe") var recipe: RecipeOptions

  @OptionGroup(title: "Size") var size: SizeOptions

  @OptionGroup(title: "Importance matrix") var importance: ImportanceOptions

  @OptionGroup(title: "Several files") var splitting: SplitOptions

  @OptionGroup(title: "Metadata") var metadata: MetadataEditOptions

  @Option(
    help:
      "The container: gguf, safetensors, … By default the output's extension, then the source's.")
  var to: String?

  @OptionGroup(title: "Hugging Face and llama.cpp") var conventions: TranslationOptions

  @OptionGroup(title: "Limits and policies") var policies: PolicyOptions

  @Flag(name: .customLong("dry-run"), help: "Print the plan and stop.")
  var dryRun = false

  @Flag(name: [.customShort("f"), .long], help: "Replace the output if it exists.")
  var force = false

  @Flag(
    name: .customLong("no-resume"), help: "Start afresh instead of going on after an interruption.")
  var noResume = false

  @Option(help: "human, json (JSON lines: plan, progress, done) or quiet (the output's path).")
  var format = OutputFormat.human

  @OptionGroup var sources: SourceOptions

  func validate() throws {
    guard (output == nil) != (positionalOutput == nil) || dryRun else {
      throw ValidationError("Name one output: -o OUTPUT.")
    }
  }

  func run() throws {
    Signals.catchInterruption()
    let catalog = sources.catalog
    let opened = try sources.open(source, with: catalog)
    let (target, container) = try target(catalog, opened)
    let translation = try conventions.translation(of: opened, into: container.identity)
    if let translation { TranslationReport(translation, format: format).show() }
    let checkpoint = translation?.checkpoint ?? opened
    if !dryRun {
      if force {
        try Converter.checkOutputIsReplaceable(target, checkpoint)
      } else {
        try Converter.checkOutputIsFree(target, checkpoint)
      }
    }
    var options = policies.options
    options.splitting = splitting.splitting
    options.metadataEdits = try metadata.edits()
    options.translation = translation.flatMap { translation in
      Dialect.expected(inContainer: container.identity.id).map {
        Manifest.Translation(dialect: $0, architecture: translation.architecture)
      }
    }
    let weights = try importance.load(
      with: sources, memoryLimit: options.importanceByteLimit)
    let plan = try Planner(
      checkpoint, recipe: chosenRecipe(checkpoint, target, container, options, weights),
      format: container, options: options, programVersion: Version.current, importance: weights
    ).plan(for: target)
    try PlanReport(plan, target: target, format: format).show(isDryRun: dryRun)
    if let refusal = plan.refusal { throw refusal }
    if dryRun { return }

    let bar = ProgressBar("convert", format: format)
    let events = Converter.Events(
      onProgress: { bar.show($0, of: $1) }, onStep: { Fault.strike($0.rawValue) },
      isCancelled: { Signals.isStopping })
    let report = try Converter(checkpoint, plan: plan, events: events)
      .run(to: target, replacesExisting: force, resumes: !noResume)
    ConversionReport(report, target: target, format: format).show()
  }

  /// The recipe that is named, or the one that is made for a wished size.
  private func chosenRecipe(
    _ checkpoint: Checkpoint, _ target: OutputTarget, _ container: PluginFormat,
    _ options: ConversionOptions, _ importance: ImportanceMatrix?
  ) throws(ModelError) -> Recipe {
    guard let wish = size.target else { return try recipe.resolved() }
    let bar = ProgressBar("measure", format: format)
    // What llama-quantize keeps is kept unless a recipe says otherwise.
    let chooser = SizeChooser(
      checkpoint, base: try recipe.resolved(unnamed: "Q8_0"),
      references: try RecipeCatalog(vocabulary: .ofProgram).presets(), format: container,
      options: options, programVersion: Version.current, importance: importance,
      events: Converter.Events(
        onProgress: { bar.show($0, of: $1) }, isCancelled: { Signals.isStopping }))
    let sized = try chooser.choose(wish, for: target)
    SizeReport(sized).show(isDryRun: dryRun, format: format)
    if let path = size.recipeFile {
      try SmallFile.create(sized.recipe.sourceText, at: path)
    }
    return sized.recipe
  }

  /// Where the output goes, and who writes it.
  private func target(_ catalog: FormatCatalog, _ checkpoint: Checkpoint) throws(ModelError)
    -> (OutputTarget, PluginFormat)
  {
    let path = output ?? positionalOutput ?? "ingot-dry-run"
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let fileExtension = name.contains(".") ? name.split(separator: ".").last.map(String.init) : nil
    let named = fileExtension.flatMap { catalog.format(forExtension: $0) }
    let format: PluginFormat
    if let to {
      format = try catalog.format(id: to.lowercased())
    } else if let named {
      format = named
    } else {
      format = try catalog.format(id: checkpoint.files[0].container.id)
    }
    if let named, !path.hasSuffix("/") {
      guard named.identity.id == format.identity.id else {
        throw ModelError(
          .invalidArgument, "container-mismatch",
          "--to \(format.identity.id) contradicts the name \(name)")
      }
      return (.file(path: path), format)
    }
    var folder = path
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    return (.folder(path: folder), format)
  }
}
