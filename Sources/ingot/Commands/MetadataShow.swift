internal import ArgumentParser
internal import Conversion
internal import Tensors

/// `ingot metadata`.
struct MetadataGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metadata", abstract: "Show and change the metadata of a model file.",
    discussion: ExitStatus.help, subcommands: [MetadataShow.self, MetadataSet.self])
}

/// `ingot metadata show`.
struct MetadataShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show all metadata, or the whole value of one key.",
    discussion: """
      A text goes to a pipe or file as it is, without a line end of ours, and a list one element a \
      line. Metadata with types that a safetensors file carries in one string are shown as they are.

      """ + ExitStatus.help)

  @Argument(help: "A file, a first shard, a folder, or org/name[@revision].")
  var source: String

  @Argument(help: "The key; all without.")
  var key: String?

  @Option(help: "human, json (one object a line) or quiet (keys).")
  var format = OutputFormat.human

  @OptionGroup var sources: SourceOptions

  func run() throws {
    let checkpoint = try sources.open(source, with: sources.catalog)
    let entries = try MetadataCarrier.unpacked(checkpoint.metadata)
    if let key {
      guard let value = entries[key] else {
        throw ModelError(
          .notFound, "metadata-key-missing", "there is no \"\(key)\"", file: source)
      }
      show(MetadataEntry(key, value))
      return
    }
    for entry in entries {
      switch format {
      case .human:
        Terminal.print(
          "\(escapingControls(entry.key)) = \(MetadataText.exactTypeName(entry.value)): "
            + MetadataText.short(entry.value))
      case .json: Terminal.print(MetadataText.json(entry))
      case .quiet: Terminal.print(escapingControls(entry.key))
      }
    }
  }

  private func show(_ entry: MetadataEntry) {
    switch format {
    case .json: Terminal.print(MetadataText.json(entry))
    case .quiet: Terminal.print(escapingControls(entry.key))
    case .human:
      switch (entry.value, MetadataText.json(entry.value)) {
      case (.string(let text), _): Terminal.printText(text)
      case (_, .array(let elements)):
        for element in elements {
          Terminal.print(escapingControls(element.string ?? element.compactText))
        }
      case (_, let scalar): Terminal.print(scalar.string ?? scalar.compactText)
      }
    }
  }
}
