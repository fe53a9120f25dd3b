public import Tensors

extension ModelCard {
  /// The files that say what `metadata` says: `README.md` with front matter, and
  /// `generation_config.json`; each only if it has something to say.
  ///
  /// `metadata(of:override:parameterCounts:)` makes the same `general.*` of them again, but for what
  /// describes the file they come from and not the model: `general.quantized_by`, `general.url`,
  /// `general.doi`, `general.uuid` and `general.repo_url` have no place in a card. What is no text
  /// where text belongs is left out. Models and data sets of which not even one key is there are left
  /// out too, so their number is never believed.
  ///
  /// With a temperature, top_k, top_p or min_p `do_sample` is true: transformers refuses to save them
  /// without it.
  ///
  /// Throws `malformed` (`generation-config-type`) for a sampling parameter of another type, or one
  /// that is not finite.
  public static func files(from metadata: [MetadataEntry]) throws(ModelError) -> [(
    name: String, bytes: [UInt8]
  )] {
    var files: [(name: String, bytes: [UInt8])] = []
    let values = Dictionary(metadata.map { ($0.key, $0.value) }) { first, _ in first }
    if let card = CardText(values) { files.append((cardName, Array(card.text.utf8))) }
    if let generation = try generation(values) {
      files.append((generationName, Array(generation.canonicalText.utf8)))
    }
    return files
  }

  private static func generation(_ values: [String: MetadataValue]) throws(ModelError)
    -> JSONValue?
  {
    var members: [String: JSONValue] = [:]
    for (entry, names) in zip(GeneralFields.samplingKeys, GeneralFields.generationKeys) {
      guard let value = values["general.sampling." + entry.key],
        let name = names.names.last
      else { continue }
      switch (entry.type, value) {
      case (.text, .string(let text)): members[name] = .string(text)
      case (.float, .float32(let number)) where number.isFinite:
        members[name] = .number("\(number)")
      case (.integer, _):
        guard let number = value.integer else { fallthrough }
        members[name] = .integer(number)
      default:
        throw ModelError(
          .malformed, "generation-config-type",
          "\"general.sampling.\(entry.key)\" is of another type, or not finite")
      }
    }
    if ["temperature", "top_k", "top_p", "min_p"].contains(where: { members[$0] != nil }) {
      members["do_sample"] = .bool(true)
    }
    return members.isEmpty ? nil : .object(members)
  }
}
