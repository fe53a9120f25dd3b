internal import Tensors

/// The values of `general.*`, whatever they come from, and the order in which they are written.
struct GeneralFields {
  /// Texts by their key without `general.`.
  var texts: [String: String] = [:]
  /// Sampling parameters by their key without `general.sampling.`.
  var sampling: [String: MetadataValue] = [:]
  /// What the model was made from; nil if nothing is said, which is not the same as none.
  var baseModels: [[String: String]]?
  /// What the model was trained with; nil if nothing is said.
  var datasets: [[String: String]]?
  var tags: [String]?
  var languages: [String]?
  /// Whether an override took the size label away.
  var hasNoSizeLabel = false

  /// The type of a sampling parameter.
  enum SamplingType { case text, integer, float }

  /// The sampling parameters with their types, in the order of writing.
  static let samplingKeys: [(key: String, type: SamplingType)] = [
    ("sequence", .text), ("top_k", .integer), ("top_p", .float), ("min_p", .float),
    ("xtc_probability", .float), ("xtc_threshold", .float), ("temp", .float),
    ("penalty_last_n", .integer), ("penalty_repeat", .float), ("mirostat", .integer),
    ("mirostat_tau", .float), ("mirostat_eta", .float),
  ]

  /// The texts, in the order of writing.
  static let textKeys = [
    "name", "author", "version", "organization", "finetune", "basename", "description",
    "quantized_by", "size_label", "license", "license.name", "license.link", "url", "doi", "uuid",
    "repo_url", "source.url", "source.doi", "source.uuid", "source.repo_url",
  ]

  /// The texts of a base model or data set, in the order of writing.
  static let originKeys = [
    "name", "author", "version", "organization", "description", "url", "doi", "uuid", "repo_url",
  ]

  /// The metadata. Empty texts and lists are left out, as gguf-py does.
  var entries: [MetadataEntry] {
    var result: [MetadataEntry] = []
    for (key, _) in GeneralFields.samplingKeys {
      guard let value = sampling[key], value.string != "" else { continue }
      result.append(MetadataEntry("general.sampling." + key, value))
    }
    for key in GeneralFields.textKeys {
      guard let text = texts[key], !text.isEmpty else { continue }
      result.append(MetadataEntry("general." + key, .string(text)))
    }
    result += GeneralFields.entries(of: baseModels, "general.base_model.")
    result += GeneralFields.entries(of: datasets, "general.dataset.")
    if let tags, !tags.isEmpty {
      result.append(MetadataEntry("general.tags", .array(.string(tags))))
    }
    if let languages, !languages.isEmpty {
      result.append(MetadataEntry("general.languages", .array(.string(languages))))
    }
    return result
  }

  private static func entries(of origins: [[String: String]]?, _ prefix: String)
    -> [MetadataEntry]
  {
    guard let origins else { return [] }
    var result = [MetadataEntry(prefix + "count", .uint32(UInt32(clamping: origins.count)))]
    for (index, origin) in origins.enumerated() {
      for key in originKeys {
        guard let text = origin[key], !text.isEmpty else { continue }
        result.append(MetadataEntry(prefix + "\(index).\(key)", .string(text)))
      }
    }
    return result
  }
}
