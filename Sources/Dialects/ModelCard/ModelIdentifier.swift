/// What the id of a model says, `org/name`: gguf-py's `get_model_id_components`.
struct ModelIdentifier {
  /// The part behind the `/`, or all of it.
  var name: String?
  var organization: String?
  /// The family: `Llama-3`.
  var basename: String?
  /// What it was made for: `instruct`.
  var finetune: String?
  var version: String?
  var sizeLabel: String?

  /// `parameterCount` tells a size from a context length: a size that is far from it is none. With
  /// 0 every size counts.
  init(_ id: String, parameterCount: Int) {
    guard !id.contains(" ") else {
      // A sentence, not an id.
      name = id
      return
    }
    let halves = id.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let full = String(halves[halves.count - 1])
    if halves.count == 2, !halves[0].hasPrefix(".") { organization = String(halves[0]) }
    if organization?.isEmpty == true { organization = nil }
    guard !full.isEmpty else { return }
    name = full
    var parts = full.split(separator: "-").map { NamePart(String($0)) }
    for index in parts.indices {
      parts[index].classify(isFirst: index == 0, parameterCount: parameterCount)
    }
    if parts.contains(where: { $0.kinds.contains(.size) && $0.text.contains(where: \.isDecimal) }) {
      for index in parts.indices where parts[index].text.allSatisfy(\.isLetter) {
        parts[index].kinds.remove(.size)
      }
    }
    ModelIdentifier.findBasename(&parts)
    func joined(_ texts: [String]) -> String? {
      texts.isEmpty ? nil : texts.joined(separator: "-")
    }
    var sizes: [String] = []
    for part in parts where part.kinds.contains(.size) && !sizes.contains(part.text) {
      sizes.append(part.text)
    }
    sizeLabel = joined(sizes)
    finetune = joined(parts.filter { $0.kinds.contains(.finetune) }.map(\.text))
    version = joined(
      parts.filter { $0.kinds.contains(.version) && !$0.kinds.contains(.basename) }.map(\.text))
    // A name without any of these is too ambiguous to take a family from.
    if sizeLabel != nil || finetune != nil || version != nil {
      basename = joined(parts.filter { $0.kinds.contains(.basename) }.map(\.text))
    }
  }

  /// The family is what comes before anything else is said, but for the versions at its end.
  private static func findBasename(_ parts: inout [NamePart]) {
    var isAtStart = true
    for index in parts.indices {
      let part = parts[index]
      if isAtStart,
        (part.kinds.isEmpty && part.text.first?.isLetter == true) || part.kinds.contains(.version)
      {
        parts[index].kinds.insert(.basename)
      } else {
        isAtStart = false
        if part.kinds.isEmpty { parts[index].kinds.insert(.finetune) }
      }
    }
    for index in parts.indices.reversed() {
      guard parts[index].kinds.contains(.basename), parts[index].kinds.count > 1 else { return }
      parts[index].kinds.remove(.basename)
    }
  }

  /// The name as a title; nil without one.
  var title: String? { name.map(ModelIdentifier.title(of:)) }

  /// `text` with spaces for hyphens and words in lower case capitalized, but for versions and what
  /// begins with a digit: gguf-py's `id_to_title`.
  static func title(of text: String) -> String {
    let words = text.split { $0 == "-" || $0.isWhitespace }.map(String.init)
    return words.map { word in
      let scalars = word.unicodeScalars
      let isLower =
        scalars.contains { $0.properties.isLowercase }
        && !scalars.contains { $0.properties.isUppercase }
      guard isLower, !NamePart.isVersionOrNumber(word) else { return word }
      var result = ""
      var isInWord = false
      for scalar in scalars {
        result += isInWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
        isInWord = scalar.properties.isCased
      }
      return result
    }.joined(separator: " ")
  }

  /// What the metadata of a base model or data set say that is called `id`, an id or a URL.
  static func origin(_ id: String, parameterCount: Int) -> [String: String] {
    guard ["http://", "https://", "ssh://"].contains(where: id.hasPrefix) else {
      let parts = ModelIdentifier(id, parameterCount: parameterCount)
      var result = parts.origin
      if let organization = parts.organization, let name = parts.name {
        result["repo_url"] = "https://huggingface.co/\(organization)/\(name)"
      }
      return result
    }
    var result =
      hubID(inURL: id).map {
        ModelIdentifier($0, parameterCount: parameterCount).origin
      } ?? [:]
    result["repo_url"] = id
    return result
  }

  private var origin: [String: String] {
    var result: [String: String] = [:]
    result["name"] = title
    result["organization"] = organization.map(ModelIdentifier.title(of:))
    result["version"] = version
    return result
  }

  /// `org/name` of a URL of huggingface.co that ends with it; nil for others.
  static func hubID(inURL url: String) -> String? {
    for prefix in ["https://huggingface.co/", "http://huggingface.co/"] where url.hasPrefix(prefix)
    {
      let id = String(url.dropFirst(prefix.utf8.count))
      let parts = id.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && !parts.contains("") ? id : nil
    }
    return nil
  }
}

extension Character {
  var isDecimal: Bool {
    unicodeScalars.allSatisfy { $0.properties.generalCategory == .decimalNumber }
  }
}
