internal import Tensors

/// `generation_config.json` and the user's own metadata.
extension GeneralFields {
  /// Which key of `generation_config.json` is which parameter; the first that is there counts.
  static let generationKeys: [(key: String, names: [String])] = samplingKeys.map { key, _ in
    switch key {
    case "temp": (key, ["temperature"])
    case "penalty_repeat": (key, ["penalty_repeat", "repetition_penalty"])
    default: (key, [key])
    }
  }

  /// Takes the sampling parameters. Throws `malformed` (`generation-config-type`).
  mutating func take(generation: JSONValue) throws(ModelError) {
    for (entry, names) in zip(GeneralFields.samplingKeys, GeneralFields.generationKeys) {
      guard let name = names.names.first(where: { generation[$0] != nil }),
        let json = generation[name], json != .null
      else { continue }
      guard let value = GeneralFields.value(json, entry.type) else {
        throw ModelError(
          .malformed, "generation-config-type",
          "`\(name)` is \(json.compactText), not \(GeneralFields.words(entry.type))")
      }
      sampling[entry.key] = value
    }
  }

  /// Takes the object that `--metadata` names. Throws `invalidArgument` (`metadata-key-unknown`,
  /// `metadata-type`).
  mutating func take(override: JSONValue) throws(ModelError) {
    guard let members = override.object else {
      throw ModelError(.invalidArgument, "metadata-type", "the metadata are not one JSON object")
    }
    // Sorted, so that of several wrong keys always the same one is named.
    for (key, value) in members.sorted(by: { $0.key < $1.key }) { try set(key, value) }
  }

  private mutating func set(_ key: String, _ value: JSONValue) throws(ModelError) {
    switch key {
    case "general.base_models": baseModels = try GeneralFields.origins(value, key)
    case "general.datasets": datasets = try GeneralFields.origins(value, key)
    case "general.tags": tags = try GeneralFields.texts(value, key)
    case "general.languages": languages = try GeneralFields.texts(value, key)
    default:
      guard key.hasPrefix("general.") else { throw GeneralFields.unknown(key) }
      let name = String(key.dropFirst("general.".utf8.count))
      if let entry = GeneralFields.samplingKeys.first(where: { "sampling." + $0.key == name }) {
        sampling[entry.key] = try GeneralFields.sampling(value, entry.type, key)
      } else if GeneralFields.textKeys.contains(name) {
        texts[name] = try GeneralFields.text(value, key)
        if name == "size_label" { hasNoSizeLabel = value == .null }
      } else {
        throw GeneralFields.unknown(key)
      }
    }
  }

  private static func sampling(_ json: JSONValue, _ type: SamplingType, _ key: String)
    throws(ModelError) -> MetadataValue?
  {
    if json == .null { return nil }
    guard let value = value(json, type) else { throw wrong(key, words(type)) }
    return value
  }

  private static func text(_ json: JSONValue, _ key: String) throws(ModelError) -> String? {
    if json == .null { return nil }
    if key == "general.license", json.array != nil {
      return try texts(json, key)?.joined(separator: ",")
    }
    guard let text = json.string else { throw wrong(key, "a text") }
    return text
  }

  private static func texts(_ json: JSONValue, _ key: String) throws(ModelError) -> [String]? {
    if json == .null { return nil }
    guard let elements = json.array else { throw wrong(key, "a list of texts") }
    let texts = elements.compactMap(\.string)
    guard texts.count == elements.count else { throw wrong(key, "a list of texts") }
    return texts
  }

  private static func origins(_ json: JSONValue, _ key: String) throws(ModelError)
    -> [[String: String]]?
  {
    if json == .null { return nil }
    guard let elements = json.array else { throw wrong(key, "a list of objects") }
    var result: [[String: String]] = []
    for element in elements {
      guard let members = element.object else { throw wrong(key, "a list of objects") }
      if let unknown = members.keys.sorted().first(where: { !originKeys.contains($0) }) {
        throw ModelError(
          .invalidArgument, "metadata-key-unknown",
          "\"\(unknown)\" in \"\(key)\" is none of \(originKeys.joined(separator: ", "))")
      }
      do throws(ModelError) {
        result.append(try origin(members, key))
      } catch {
        throw wrong(key, "a list of objects with texts")
      }
    }
    return result
  }

  private static func value(_ json: JSONValue, _ type: SamplingType) -> MetadataValue? {
    switch type {
    case .text: return json.string.map { .string($0) }
    case .integer: return json.integer.flatMap(Int32.init(exactly:)).map { .int32($0) }
    case .float:
      guard let number = json.double.map(Float.init), number.isFinite else { return nil }
      return .float32(number)
    }
  }

  private static func words(_ type: SamplingType) -> String {
    switch type {
    case .text: "a text"
    case .integer: "a whole number of 32 bits"
    case .float: "a number of 32 bits"
    }
  }

  private static func wrong(_ key: String, _ wanted: String) -> ModelError {
    ModelError(.invalidArgument, "metadata-type", "\"\(key)\" takes \(wanted)")
  }

  private static func unknown(_ key: String) -> ModelError {
    let known =
      textKeys.map { "general." + $0 } + samplingKeys.map { "general.sampling." + $0.key }
      + ["general.base_models", "general.datasets", "general.tags", "general.languages"]
    return ModelError(
      .invalidArgument, "metadata-key-unknown",
      "\"\(key)\" is no key that a card has; there are \(known.joined(separator: ", "))")
  }
}
