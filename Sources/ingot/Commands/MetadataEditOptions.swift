internal import ArgumentParser
internal import Conversion
internal import Tensors

/// Changes of the output's metadata.
struct MetadataEditOptions: ParsableArguments {
  @Option(
    name: .customLong("override-kv"),
    help: ArgumentHelp(
      "Set a metadata key of the output after everything else; repeatable. TYPE is int, float, bool, "
        + "str, an exact one such as uint16, or a list such as [string] with a JSON array.",
      valueName: "KEY=TYPE:VALUE"))
  var overrides: [String] = []

  /// The changes, in the order given.
  func edits() throws(ModelError) -> [MetadataEdit] {
    var edits: [MetadataEdit] = []
    for text in overrides { edits.append(try MetadataEdit(parsing: text)) }
    return edits
  }
}
