public import Tensors

extension Recipe {
  /// Everything that decides, and nothing else: `extends` and the command line resolved, no name,
  /// summary, comment or path. Equal forms decide alike, so the digest of
  /// `canonicalForm.compactText` identifies the recipe in manifests.
  public var canonicalForm: JSONValue {
    var members: [String: JSONValue] = [
      "format": .integer(1),
      "rules": .array(rules.map { canonicalForm(of: $0) }),
      "overrides": .array(overrides.map { canonicalForm(of: $0) }),
      "default": canonicalForm(of: fallThrough, method: method),
      "allowsRequantization": .bool(allowsRequantization),
    ]
    members["fileType"] = fileType.map { .integer(Int($0)) }
    if !requiresImportance.isEmpty {
      members["requiresImportance"] = .array(
        requiresImportance.map(\.rawValue).sorted().map(JSONValue.string))
    }
    return .object(members)
  }

  /// A rule names a method only if it has one of its own: what an encoding cannot be filled by is
  /// refused there, and left to another method where the recipe's holds.
  private func canonicalForm(of rule: Rule, method: String? = nil) -> JSONValue {
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
    add("kinds", rule.kinds.map(\.rawValue))
    add("architectures", rule.architectures)
    members["layers"] = rule.layers.map { .string($0.text) }
    members["ordinal"] = rule.ordinal.map { .string($0.text) }
    members["sizeClass"] = rule.sizeClass.map(JSONValue.string)
    members["experts"] = rule.experts.map { .string($0.text) }
    members["queriesPerKey"] = rule.queriesPerKey.map { .string($0.text) }
    members["importance"] = rule.importance.map(JSONValue.bool)
    switch rule.encoding {
    case .keep: members["encoding"] = .string("keep")
    case .type(let type):
      members["encoding"] = .string(type.rawValue)
      members["method"] = (rule.method ?? method).map(JSONValue.string)
      add("fallback", fallback(from: type, of: rule).map(\.rawValue))
    }
    return .object(members)
  }
}
