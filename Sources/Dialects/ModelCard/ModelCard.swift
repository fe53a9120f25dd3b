public import Tensors

/// What a model says of itself: its name, who made it, its licence, and how it wants to be sampled.
///
/// Hugging Face keeps that in the front matter of `README.md`, `config.json` and
/// `generation_config.json`; llama.cpp in `general.*` metadata. Keys, types and order are those of
/// gguf-py's `metadata.py`, which convert_hf_to_gguf.py uses, with one difference: nothing here
/// depends on the name of the folder that the files lie in, so the same files always give the same
/// metadata.
public enum ModelCard {
  /// The front matter's file.
  static let cardName = "README.md"
  /// The sampling parameters' file.
  static let generationName = "generation_config.json"

  /// The `general.*` metadata of `files`, from the sampling parameters to the languages: all that
  /// gguf-py writes between `general.type` and the keys of the architecture.
  ///
  /// The name is, in this order, that of `override`, `name` or `model_name` of the card, the last
  /// component of `_name_or_path` in `config.json` if that is no path of a computer, and the name of
  /// the base model if the card says that this is a quantized one. Without any of them there is no
  /// `general.name`. `parameterCounts` are those of the tensors as llama.cpp has them: they become the
  /// size label, where nothing states one, and tell sizes in names from context lengths.
  ///
  /// `override` is what `--metadata` of convert_hf_to_gguf.py takes: an object whose keys are those
  /// of the metadata, `general.base_models` and `general.datasets`; null takes a value away.
  ///
  /// Throws `malformed`: `front-matter-syntax` for YAML that is none, `front-matter-type` and
  /// `generation-config-type` for values of a type that the metadata cannot hold, and what
  /// `ModelFiles` throws; `limitExceeded` (`front-matter-too-large`, `front-matter-too-deep`,
  /// `front-matter-aliases`) before memory is taken; `invalidArgument` (`metadata-key-unknown`,
  /// `metadata-type`) for an override.
  public static func metadata(
    of files: ModelFiles, override: JSONValue?, parameterCounts: ParameterCounts
  ) throws(ModelError) -> [MetadataEntry] {
    var fields = GeneralFields()
    let card = try card(of: files)
    do throws(ModelError) {
      try fields.take(card: card, parameterCount: parameterCounts.total)
    } catch {
      throw error.at(file: cardName)
    }
    if let path = try files.json("config.json")?["_name_or_path"]?.string {
      fields.take(path: path, parameterCount: parameterCounts.total)
    }
    fields.takeQuantizedBase(card: card)
    if let generation = try files.json(generationName) {
      do throws(ModelError) {
        try fields.take(generation: generation)
      } catch {
        throw error.at(file: generationName)
      }
    }
    if let override { try fields.take(override: override) }
    if fields.texts["size_label"] == nil, !fields.hasNoSizeLabel {
      fields.texts["size_label"] = parameterCounts.sizeLabel
    }
    return fields.entries
  }

  private static func card(of files: ModelFiles) throws(ModelError) -> [String: JSONValue] {
    guard let bytes = try files.bytes(cardName) else { return [:] }
    do throws(ModelError) {
      return try FrontMatter.parse(bytes)
    } catch {
      throw error.at(file: cardName)
    }
  }
}
