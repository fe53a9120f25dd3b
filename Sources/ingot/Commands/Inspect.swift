internal import ArgumentParser
internal import Dialects
internal import Tensors

/// `ingot inspect`: metadata and a table of tensors, from the header alone.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show metadata and tensors; reads no weights.", discussion: ExitStatus.help)

  @Argument(help: "A file, a first shard, a folder, or org/name[@revision].")
  var source: String

  @Flag(name: .customLong("metadata-only"), help: "Leave out the tensors.")
  var metadataOnly = false

  @Flag(name: .customLong("tensors-only"), help: "Leave out the metadata.")
  var tensorsOnly = false

  @Option(help: "human, json or quiet (tensor names).")
  var format = OutputFormat.human

  @OptionGroup var sources: SourceOptions

  func run() throws {
    let checkpoint = try sources.open(source, with: sources.catalog)
    switch format {
    case .human: printText(checkpoint)
    case .json: Terminal.print(json(checkpoint))
    case .quiet: for tensor in checkpoint.tensors { Terminal.print(escapingControls(tensor.name)) }
    }
  }

  private func printText(_ checkpoint: Checkpoint) {
    let elements = checkpoint.tensors.reduce(0) { $0 + $1.shape.elementCount }
    let bytes = checkpoint.dataByteCount
    let bits = elements == 0 ? 0 : Double(bytes) * 8 / Double(elements)
    Terminal.print(
      "\(checkpoint.files[0].container.id), \(checkpoint.files.count) "
        + (checkpoint.files.count == 1 ? "file" : "files")
        + ", \(checkpoint.tensors.count) tensors, \(elements) elements, "
        + "\(ByteSize.text(bytes)), \(decimal(bits, 3)) bits per element")
    if !tensorsOnly {
      for entry in checkpoint.metadata {
        Terminal.print("  \(escapingControls(entry.key)) = \(MetadataText.short(entry.value))")
      }
    }
    guard !metadataOnly else { return }
    var table = TextTable([
      ("tensor", .left), ("encoding", .left), ("shape", .left), ("bytes", .right), ("file", .left),
    ])
    for tensor in checkpoint.tensors {
      table.add([
        tensor.name, tensor.elementType.rawValue, tensor.shape.description,
        String(tensor.byteCount), checkpoint.files[tensor.fileIndex].name,
      ])
    }
    for line in table.lines { Terminal.print(line) }
  }

  private func json(_ checkpoint: Checkpoint) -> JSONValue {
    var members: [String: JSONValue] = [
      "container": .string(checkpoint.files[0].container.id),
      "files": .array(
        checkpoint.files.map {
          .object(["name": .string($0.name), "byteCount": .integer($0.source.byteCount)])
        }),
    ]
    if !tensorsOnly {
      members["metadata"] = .array(
        checkpoint.metadata.map {
          .object([
            "key": .string($0.key), "type": .string(MetadataText.typeName($0.value)),
            "value": MetadataText.json($0.value),
          ])
        })
    }
    if !metadataOnly {
      members["tensors"] = .array(
        checkpoint.tensors.map {
          .object([
            "name": .string($0.name), "encoding": .string($0.elementType.rawValue),
            "shape": .array($0.shape.dimensions.map { .integer($0) }),
            "offset": .integer($0.offset), "byteCount": .integer($0.byteCount),
            "file": .string(checkpoint.files[$0.fileIndex].name),
          ])
        })
    }
    return .object(members)
  }
}
