internal import Tensors

/// The front matter of a card and the name in `config.json`.
extension GeneralFields {
  /// Which keys of a card say what; the first that says something counts.
  private static let cardKeys: [(key: String, names: [String])] = [
    ("name", ["name", "model_name"]),
    ("author", ["author", "model_author", "model_creator"]),
    ("version", ["version", "model_version"]),
    ("organization", ["organization", "model_organization"]),
    ("description", ["description", "model_description"]),
    ("finetune", ["finetune", "model_finetune"]),
    ("basename", ["basename", "model_basename", "model_type"]),
    ("size_label", ["size_label", "model_size_label"]),
    ("source.url", ["url", "model_url"]),
    ("source.doi", ["doi", "model_doi"]),
    ("source.uuid", ["uuid", "model_uuid"]),
    ("source.repo_url", ["repo_url", "model_repo_url"]),
    ("license.name", ["license_name"]),
    ("license.link", ["license_link"]),
  ]

  /// Takes what the front matter of a card says. Throws `malformed` (`front-matter-type`).
  mutating func take(card: [String: JSONValue], parameterCount: Int) throws(ModelError) {
    for (key, names) in GeneralFields.cardKeys {
      for name in names {
        guard let value = card[name], value != .null else { continue }
        guard let text = value.string else { throw GeneralFields.wrong(name, "a text") }
        guard !text.isEmpty else { continue }
        texts[key] = text
        break
      }
    }
    if let licenses = try GeneralFields.list(card, "license"), !licenses.isEmpty {
      texts["license"] = licenses.joined(separator: ",")
    }
    baseModels = try GeneralFields.origins(
      card, ["base_model", "base_models", "base_model_sources"], parameterCount)
    datasets = try GeneralFields.origins(
      card, ["datasets", "dataset", "dataset_sources"], parameterCount)
    tags = try GeneralFields.joined(card, ["tags", "pipeline_tag"])
    languages = try GeneralFields.joined(card, ["languages", "language"])
  }

  /// Takes what a model's id in `_name_or_path` says, where nothing else has; a path of a computer
  /// says nothing.
  mutating func take(path: String, parameterCount: Int) {
    guard !GeneralFields.isLocal(path) else { return }
    let parts = ModelIdentifier(path, parameterCount: parameterCount)
    func fill(_ key: String, _ value: String?) { if texts[key] == nil { texts[key] = value } }
    fill("name", parts.title)
    fill("organization", parts.organization.map(ModelIdentifier.title(of:)))
    fill("basename", parts.basename)
    fill("finetune", parts.finetune)
    fill("version", parts.version)
    fill("size_label", parts.sizeLabel)
  }

  /// A model that is its base in other numbers has its name.
  mutating func takeQuantizedBase(card: [String: JSONValue]) {
    guard texts["name"] == nil, card["base_model_relation"]?.string == "quantized",
      let baseModels, baseModels.count == 1
    else { return }
    texts["name"] = baseModels[0]["name"]
  }

  /// A home or other folder, and not `org/name`.
  private static func isLocal(_ path: String) -> Bool {
    guard let first = path.utf8.first else { return true }
    return "/.~".utf8.contains(first) || path.utf8.contains(UInt8(ascii: "\\"))
      || path.utf8.count { $0 == UInt8(ascii: "/") } > 1
  }

  /// The models or data sets under the first of `names` that is there.
  private static func origins(
    _ card: [String: JSONValue], _ names: [String], _ parameterCount: Int
  ) throws(ModelError) -> [[String: String]]? {
    guard let name = names.first(where: { card[$0] != nil }), let value = card[name] else {
      return nil
    }
    switch value {
    case .null: return []
    case .string(let id): return [ModelIdentifier.origin(id, parameterCount: parameterCount)]
    case .array(let elements):
      var result: [[String: String]] = []
      for element in elements {
        switch element {
        case .string(let id):
          result.append(ModelIdentifier.origin(id, parameterCount: parameterCount))
        case .object(let members): result.append(try origin(members, name))
        default: throw wrong(name, "a list of names")
        }
      }
      return result
    default: throw wrong(name, "a name or a list of names")
    }
  }

  /// A model or data set that is spelled out key by key; keys that the metadata do not have say
  /// nothing here.
  static func origin(_ members: [String: JSONValue], _ name: String) throws(ModelError)
    -> [String: String]
  {
    var result: [String: String] = [:]
    for key in originKeys {
      guard let value = members[key], value != .null else { continue }
      guard let text = value.string else { throw wrong(name + "." + key, "a text") }
      result[key] = text
    }
    return result
  }

  private static func joined(_ card: [String: JSONValue], _ names: [String]) throws(ModelError)
    -> [String]?
  {
    var result: [String]?
    for name in names {
      if let values = try list(card, name) { result = (result ?? []) + values }
    }
    return result
  }

  /// A list of texts, or one; nil if the card has none.
  private static func list(_ card: [String: JSONValue], _ name: String) throws(ModelError)
    -> [String]?
  {
    switch card[name] {
    case nil, .null: return nil
    case .string(let text): return [text]
    case .array(let elements):
      var result: [String] = []
      for element in elements where element != .null {
        guard let text = element.string else { throw wrong(name, "a list of texts") }
        result.append(text)
      }
      return result
    default: throw wrong(name, "a text or a list of texts")
    }
  }

  private static func wrong(_ name: String, _ wanted: String) -> ModelError {
    ModelError(.malformed, "front-matter-type", "`\(name)` is not \(wanted)")
  }
}
