public import Tensors

extension Recipe {
  /// Everything that decides, and nothing else: `extends` and the command line resolved, no name,
  /// summary, comment or path. Equal forms decide alike, so the digest of
  /// `canonicalForm.compactText` identifies the recipe in manifests.
  public var canonicalForm: JSONValue {
    .object([
      "format": .integer(1),
      "rules": .array(rules.map(canonicalForm(of:))),
      "overrides": .array(overrides.map(canonicalForm(of:))),
      "default": canonicalForm(of: fallThrough),
      "allowsRequantization": .bool(allowsRequantization),
    ])
  }

  private func canonicalForm(of rule: Rule) -> JSONValue {
    var members: [String: JSONValue] = [:]
    func add(_ key: String, _ words: [String]) {
      if !words.isEmpty { members[key] = .array(words.map(JSONValue.string)) }
    }
    add("match", rule.match.map(\.text))
    add("except", rule.except.map(\.text))
    add("roles", rule.roles.map(\.rawValue))
    add("sources", rule.sources.map(\.rawValue))
    members["minimumRank"] = rule.minimumRank.map(JSONValue.integer)
    members["maximumRank"] = rule.maximumRank.map(JSONValue.integer)
    switch rule.encoding {
    case .keep: members["encoding"] = .string("keep")
    case .type(let type):
      members["encoding"] = .string(type.rawValue)
      members["method"] = .string(rule.method ?? method)
      add("fallback", (rule.fallback ?? fallback).map(\.rawValue))
    }
    return .object(members)
  }
}
