internal import ArgumentParser
internal import Conversion
internal import PluginKit
internal import Tensors

/// `ingot metadata set`.
struct MetadataSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Change the metadata of a model file; no weight changes.",
    discussion: """
      A new file takes over the weights and then the name: without copying them where the filesystem \
      shares extents, by a copy within the kernel otherwise. --in-place writes only the changed \
      bytes, if the header keeps its size; a power failure at that moment can leave a file that \
      cannot be read until the next `ingot metadata set` on it, which finishes the change. \
      A manifest and checksums beside the file are brought up to date, after the file was checked \
      against them. Files of a registry are never changed.

      """ + ExitStatus.help)

  @Argument(help: "A model file, or a folder with one.")
  var path: String

  @Argument(
    help: ArgumentHelp(
      "What to set. TYPE is int, float, bool, str, an exact one such as uint16, or a list such as "
        + "[string] with a JSON array.", valueName: "KEY=TYPE:VALUE"))
  var values: [String] = []

  @Option(
    name: .customLong("from-file"),
    help: ArgumentHelp("Set a text to a file's content; repeatable.", valueName: "KEY=FILE"))
  var fromFile: [String] = []

  @Option(help: ArgumentHelp("Remove a key; repeatable.", valueName: "KEY"))
  var remove: [String] = []

  @Flag(
    name: .customLong("in-place"),
    help: "Write into the file; refused if the header would take another size.")
  var inPlace = false

  @Flag(
    name: .customLong("leave-checksums"),
    help: "Leave a checksum list that belongs to no manifest as it is, instead of refusing.")
  var leaveChecksums = false

  @Flag(name: .customLong("dry-run"), help: "Say what would change and stop.")
  var dryRun = false

  @Option(help: "human, json or quiet (nothing).")
  var format = OutputFormat.human

  @OptionGroup var sources: SourceOptions

  func validate() throws {
    if values.isEmpty, fromFile.isEmpty, remove.isEmpty {
      throw ValidationError("Name what to set, --from-file or --remove.")
    }
  }

  func run() throws {
    Signals.catchInterruption()
    let edits = try edits()
    let catalog = sources.catalog
    let target = EditedFile(try sources.filePath(path, with: catalog))
    try target.checkMayChange()
    if !dryRun, try MetadataEditor.finishInterrupted(target.path) {
      Terminal.say("finished an interrupted change of \(escapingControls(target.path))")
    }
    let (file, index) = try sources.openContainer(target.path, with: catalog)
    let rewrite = try MetadataRewrite(
      file.source, index: index, format: catalog.format(id: file.container.id), edits: edits)
    if format == .human { show(rewrite) }
    if dryRun {
      if format == .json { Terminal.print(target.json(rewrite)) }
      return
    }
    guard let source = file.source as? FileByteSource else {
      throw ModelError(.unsupported, "not-a-file", "it is no file", file: target.path)
    }
    let report = try MetadataEditor(path: target.path, source: source, rewrite: rewrite).run(
      inPlace: inPlace, leavesChecksums: leaveChecksums, isCancelled: { Signals.isStopping },
      onStep: { step throws(ModelError) in Fault.strike(step.rawValue) })
    switch format {
    case .human: Terminal.print(target.text(report))
    case .json: Terminal.print(target.json(report))
    case .quiet: break
    }
  }

  private func edits() throws(ModelError) -> [MetadataEdit] {
    var edits: [MetadataEdit] = []
    for text in values { edits.append(try MetadataEdit(parsing: text)) }
    for text in fromFile {
      guard let equals = text.firstIndex(of: "=") else {
        throw ModelError(.invalidArgument, "metadata-syntax", "\"\(text)\" is not KEY=FILE")
      }
      let content = try SmallFile.text(at: String(text[text.index(after: equals)...]))
      edits.append(.set(MetadataEntry(String(text[..<equals]), .string(content))))
    }
    edits += remove.map { .remove(key: $0) }
    var keys: Set<String> = []
    for edit in edits where !keys.insert(edit.key).inserted {
      throw ModelError(
        .invalidArgument, "metadata-key-twice", "\"\(edit.key)\" is changed twice")
    }
    return edits
  }

  private func show(_ rewrite: MetadataRewrite) {
    for edit in rewrite.edits {
      let old = rewrite.oldMetadata[edit.key].map(EditedFile.words) ?? "nothing"
      let new = rewrite.metadata[edit.key].map(EditedFile.words) ?? "nothing"
      Terminal.print("\(escapingControls(edit.key)): \(old) -> \(new)")
    }
    for note in rewrite.notes { Terminal.say("note: \(note)") }
  }
}
