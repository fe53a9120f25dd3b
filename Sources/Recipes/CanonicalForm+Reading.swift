public import Tensors

extension Recipe {
  /// The recipe that `form`, a `canonicalForm`, describes: it decides as the one that the form was
  /// made of. Rules are named by their place in the form.
  ///
  /// Throws `malformed` (`recipe-form`) for anything that is no canonical form: another version, a
  /// member that is not known, or a word that this program does not know.
  public init(canonicalForm form: JSONValue, name: String) throws(ModelError) {
    var members = try FormMembers(form)
    guard try members.integer("format") == 1 else { throw FormMembers.error("format") }
    let rules = try members.values("rules")
    let overrides = try members.values("overrides")
    guard let fallThrough = members.take("default"),
      case .bool(let allows)? = members.take("allowsRequantization")
    else { throw FormMembers.error("default or allowsRequantization") }
    self.init(
      name: name, summary: "", version: nil, rules: [], overrides: [],
      fallThrough: try Rule(form: fallThrough, origin: "default"), allowsRequantization: allows,
      fallbacks: [:],
      requiresImportance: Set(
        try members.words("requiresImportance") { ElementType(rawValue: $0) }),
      fileType: try members.integer("fileType").map { UInt32(clamping: $0) },
      sourceText: form.compactText)
    for (index, rule) in rules.enumerated() {
      self.rules.append(try Rule(form: rule, origin: "rule \(index + 1)"))
    }
    for (index, rule) in overrides.enumerated() {
      self.overrides.append(try Rule(form: rule, origin: "override \(index + 1)"))
    }
    try members.finish()
  }
}

extension Rule {
  fileprivate init(form: JSONValue, origin: String) throws(ModelError) {
    var members = try FormMembers(form)
    guard let encoding = try members.word("encoding") else { throw FormMembers.error("encoding") }
    if encoding == "keep" {
      self.init(.keep, origin: origin)
    } else {
      guard let type = ElementType(rawValue: encoding) else { throw FormMembers.error("encoding") }
      self.init(.type(type), origin: origin)
      method = try members.word("method")
      // The form resolves fallbacks: a rule without any has none.
      fallback = try members.words("fallback") { ElementType(rawValue: $0) }
    }
    match = try members.words("match") { try? NamePattern($0) }
    except = try members.words("except") { try? NamePattern($0) }
    roles = try members.words("roles") { TensorRole(rawValue: $0) }
    sources = try members.words("sources") { ElementType(rawValue: $0) }
    minimumRank = try members.integer("minimumRank")
    maximumRank = try members.integer("maximumRank")
    kinds = try members.words("kinds") { TensorKind(rawValue: $0) }
    architectures = try members.words("architectures") { $0 }
    layers = try members.word("layers").map { (word) throws(ModelError) in try RangeCriterion(word)
    }
    ordinal = try members.criterion("ordinal") { (word) throws(ModelError) in
      try OrdinalCriterion(word)
    }
    sizeClass = try members.word("sizeClass")
    experts = try members.criterion("experts") { (word) throws(ModelError) in
      try CountCriterion(word)
    }
    queriesPerKey = try members.criterion("queriesPerKey") { (word) throws(ModelError) in
      try CountCriterion(word)
    }
    if let value = members.take("importance") {
      guard case .bool(let isPresent) = value else { throw FormMembers.error("importance") }
      importance = isPresent
    }
    try members.finish()
  }
}

/// The members of an object, taken one by one.
private struct FormMembers {
  private var members: [String: JSONValue]

  init(_ value: JSONValue) throws(ModelError) {
    guard case .object(let members) = value else { throw FormMembers.error("object") }
    self.members = members
  }

  static func error(_ what: String) -> ModelError {
    ModelError(
      .malformed, "recipe-form", "the resolved recipe has no \(what) that this program can read")
  }

  mutating func take(_ key: String) -> JSONValue? { members.removeValue(forKey: key) }

  mutating func integer(_ key: String) throws(ModelError) -> Int? {
    guard let value = take(key) else { return nil }
    guard case .number(let text) = value, let number = Int(text), number >= 0 else {
      throw FormMembers.error(key)
    }
    return number
  }

  mutating func word(_ key: String) throws(ModelError) -> String? {
    guard let value = take(key) else { return nil }
    guard case .string(let text) = value else { throw FormMembers.error(key) }
    return text
  }

  /// What a criterion's word stands for.
  mutating func criterion<T>(
    _ key: String, _ make: (String) throws(ModelError) -> T
  ) throws(ModelError) -> T? {
    guard let word = try word(key) else { return nil }
    do throws(ModelError) { return try make(word) } catch { throw FormMembers.error(key) }
  }

  mutating func values(_ key: String) throws(ModelError) -> [JSONValue] {
    guard case .array(let values)? = take(key) else { throw FormMembers.error(key) }
    return values
  }

  /// The words of an array that may be absent, each turned into what it stands for.
  mutating func words<T>(_ key: String, _ make: (String) -> T?) throws(ModelError) -> [T] {
    guard members[key] != nil else { return [] }
    var result: [T] = []
    for value in try values(key) {
      guard case .string(let text) = value, let made = make(text) else {
        throw FormMembers.error(key)
      }
      result.append(made)
    }
    return result
  }

  func finish() throws(ModelError) {
    guard let extra = members.keys.sorted().first else { return }
    throw ModelError(
      .malformed, "recipe-form", "the resolved recipe has a member \(extra) that is not known")
  }
}
