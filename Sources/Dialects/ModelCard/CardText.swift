internal import Tensors

/// The text of a card: front matter, and the name as its heading.
struct CardText {
  /// Which key of a card says what, in the order of writing.
  private static let keys = [
    ("license", "license"), ("license.name", "license_name"), ("license.link", "license_link"),
    ("name", "model_name"), ("author", "model_author"), ("version", "model_version"),
    ("organization", "model_organization"), ("finetune", "model_finetune"),
    ("basename", "model_basename"), ("size_label", "model_size_label"),
    ("description", "model_description"), ("source.url", "model_url"),
    ("source.doi", "model_doi"), ("source.uuid", "model_uuid"),
    ("source.repo_url", "model_repo_url"),
  ]

  /// The whole text.
  let text: String

  /// Nil if `values` say nothing that a card does.
  init?(_ values: [String: MetadataValue]) {
    var lines: [String] = []
    for (key, name) in CardText.keys {
      guard let text = values["general." + key]?.string, !text.isEmpty else { continue }
      if key == "license", text.contains(",") {
        lines += CardText.list("license", text.split(separator: ",").map(String.init))
      } else {
        lines.append("\(name): \(CardText.scalar(text))")
      }
    }
    lines += CardText.origins("base_model", CardText.origins(values, "general.base_model."))
    lines += CardText.origins("datasets", CardText.origins(values, "general.dataset."))
    lines += CardText.list("language", CardText.texts(values["general.languages"]))
    lines += CardText.list("tags", CardText.texts(values["general.tags"]))
    guard !lines.isEmpty else { return nil }
    var text = "---\n" + lines.joined(separator: "\n") + "\n---\n"
    if let name = values["general.name"]?.string, !name.isEmpty {
      text += "\n# \(escapingControls(name))\n"
    }
    self.text = text
  }

  private static func texts(_ value: MetadataValue?) -> [String] {
    if case .array(.string(let texts)) = value { texts } else { [] }
  }

  /// The models or data sets whose keys begin with `prefix`, in the order of their numbers.
  private static func origins(_ values: [String: MetadataValue], _ prefix: String)
    -> [[String: String]]
  {
    var result: [Int: [String: String]] = [:]
    for (key, value) in values {
      guard key.hasPrefix(prefix), let text = value.string else { continue }
      let parts = key.dropFirst(prefix.count).split(separator: ".", maxSplits: 1)
      guard parts.count == 2, let index = Int(parts[0]), index >= 0,
        GeneralFields.originKeys.contains(String(parts[1]))
      else { continue }
      result[index, default: [:]][String(parts[1])] = text
    }
    return result.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Models and data sets as ids or URLs where these say the same, and key by key otherwise.
  private static func origins(_ name: String, _ origins: [[String: String]]) -> [String] {
    guard !origins.isEmpty else { return [] }
    return ["\(name):"]
      + origins.flatMap { origin -> [String] in
        let url = origin["repo_url"] ?? ""
        for id in [ModelIdentifier.hubID(inURL: url), origin["name"], url]
        where ModelIdentifier.origin(id ?? "", parameterCount: 0) == origin {
          return ["- " + scalar(id ?? "")]
        }
        let lines = GeneralFields.originKeys.compactMap { key in
          origin[key].map { "\(key): \(scalar($0))" }
        }
        return lines.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
      }
  }

  private static func list(_ name: String, _ texts: [String]) -> [String] {
    texts.isEmpty ? [] : ["\(name):"] + texts.map { "- " + scalar($0) }
  }

  /// A scalar that YAML reads as this very text: plain words as they are, everything else quoted.
  private static func scalar(_ text: String) -> String {
    let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
    let isPlain =
      text.utf8.first.map(isLetter) == true && !reserved.contains(text.lowercased())
      && text.utf8.allSatisfy { isLetter($0) || "0123456789._/-+".utf8.contains($0) }
    guard !isPlain else { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case " "..."~": result.unicodeScalars.append(scalar)
      default:
        // Line ends of Unicode are folded within quotes, and controls are no characters of YAML.
        if scalar.value > 0xA0, scalar.value < 0xFFFE, !scalar.properties.isPatternWhitespace,
          scalar.value != 0xFEFF
        {
          result.unicodeScalars.append(scalar)
        } else {
          let digits = String(scalar.value, radix: 16)
          result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
      }
    }
    return result + "\""
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
