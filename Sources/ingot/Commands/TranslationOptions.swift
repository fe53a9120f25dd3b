internal import ArgumentParser
internal import Conversion
internal import Dialects
internal import Tensors

/// Between the conventions of Hugging Face, which safetensors follow, and those of llama.cpp's GGUF.
struct TranslationOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Copy names, shapes and metadata as they are, tensor by tensor, whatever the architecture: "
        + "no llama.cpp or transformers will run the result."))
  var generic = false

  @Option(
    name: .customLong("pre-tokenizer"),
    help: ArgumentHelp(
      "llama.cpp's name of the pre-tokenizer, against what tokenizer.json defines.",
      valueName: "name"))
  var preTokenizer: String?

  @Flag(
    name: .customLong("embed-tokenizer"),
    help: "Keep the tokenizer's own files inside the GGUF, so that they come back unchanged.")
  var embedTokenizer = false

  @Option(
    help: ArgumentHelp(
      "A JSON object of general.* keys that count before the model card.", valueName: "file"))
  var metadata: String?

  /// `checkpoint` as files of `container` have it; nil if nothing is to be translated, because the
  /// container stays, has no convention, or `--generic` is given.
  func translation(of checkpoint: Checkpoint, into container: ContainerIdentity)
    throws(ModelError) -> Translation?
  {
    guard !generic, checkpoint.files.first?.container.id != container.id,
      let dialect = Dialect.expected(inContainer: container.id)
    else { return nil }
    return try Translation.whole(
      checkpoint, metadata: MetadataCarrier.unpacked(checkpoint.metadata), into: dialect,
      options: Translation.Options(
        tokenizer: TokenizerTranslation.Options(
          preTokenizer: preTokenizer, embedsOriginals: embedTokenizer),
        card: try metadata.map { path throws(ModelError) in try card(at: path) }))
  }

  private func card(at path: String) throws(ModelError) -> JSONValue {
    do throws(ModelError) {
      return try JSONValue.parse(Array(SmallFile.text(at: path).utf8))
    } catch {
      throw error.at(file: path)
    }
  }
}
