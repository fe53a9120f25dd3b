internal import Tensors

extension Rule {
  init(
    _ source: YAMLMapping, origin: String, vocabulary: RecipeVocabulary
  ) throws(ModelError) {
    var mapping = source
    guard let encoding = try mapping.encoding(vocabulary) else {
      throw mapping.error("missing-key", "a rule needs `encoding`: a type, or keep")
    }
    self.init(encoding, origin: origin)
    match = try mapping.patterns("match")
    except = try mapping.patterns("except")
    roles =
      try mapping.list("role") { (word) throws(ModelError) in
        guard let role = TensorRole(rawValue: word) else {
          let known = TensorRole.allCases.map(\.rawValue).joined(separator: ", ")
          throw ModelError(
            .invalidArgument, "unknown-role", "no role is called \"\(word)\"; there are \(known)")
        }
        return role
      } ?? []
    minimumRank = try mapping.integer("minimum-rank")
    maximumRank = try mapping.integer("maximum-rank")
    sources =
      try mapping.list("source") { (word) throws(ModelError) in
        guard let type = ElementType(rawValue: word) else {
          throw ModelError(
            .invalidArgument, "unknown-encoding", "no element type is called \"\(word)\"")
        }
        return type
      } ?? []
    try readPlace(&mapping)
    try readModel(&mapping)
    method = try mapping.method(vocabulary)
    fallback = try mapping.encodings("fallback", vocabulary)
    guard !isUnconditional else {
      throw mapping.error(
        "empty-rule",
        "a rule without a criterion holds for all tensors; that is what `encoding` "
          + "outside of the rules is for")
    }
    if encoding == .keep, method != nil || fallback != nil {
      throw mapping.error("unknown-key", "a rule that keeps has neither method nor fallback")
    }
    try mapping.finish()
  }

  /// The criteria about the tensor's place in the model.
  private mutating func readPlace(_ mapping: inout YAMLMapping) throws(ModelError) {
    kinds =
      try mapping.list("kind") { (word) throws(ModelError) in
        guard let kind = TensorKind(rawValue: word) else {
          let known = TensorKind.allCases.map(\.rawValue).joined(separator: ", ")
          throw ModelError(
            .invalidArgument, "unknown-kind", "no kind is called \"\(word)\"; there are \(known)")
        }
        return kind
      } ?? []
    layers = try mapping.value("layers") { (word) throws(ModelError) in try RangeCriterion(word) }
    ordinal = try mapping.value("ordinal") { (word) throws(ModelError) in
      try OrdinalCriterion(word)
    }
    if ordinal != nil, kinds.isEmpty {
      throw mapping.error("missing-key", "`ordinal` counts tensors of a kind: it needs `kind`")
    }
  }

  /// The criteria about the model, and about what else the user gave.
  private mutating func readModel(_ mapping: inout YAMLMapping) throws(ModelError) {
    architectures = try mapping.strings("architecture") ?? []
    sizeClass = try mapping.string("size")
    experts = try mapping.value("experts") { (word) throws(ModelError) in try CountCriterion(word) }
    queriesPerKey = try mapping.value("gqa") { (word) throws(ModelError) in
      try CountCriterion(word)
    }
    importance = try mapping.value("importance") { (word) throws(ModelError) in
      guard word == "present" || word == "absent" else {
        throw ModelError(.invalidArgument, "bad-criterion", "`importance` is present or absent")
      }
      return word == "present"
    }
  }
}

extension YAMLMapping {
  /// `encoding`: a type or `keep`.
  mutating func encoding(
    _ vocabulary: RecipeVocabulary
  ) throws(ModelError) -> Rule.Encoding? {
    try value("encoding") { (word) throws(ModelError) -> Rule.Encoding in
      word == "keep" ? .keep : .type(try vocabulary.encoding(named: word))
    }
  }

  mutating func method(_ vocabulary: RecipeVocabulary) throws(ModelError) -> String? {
    try value("method") { (word) throws(ModelError) in try vocabulary.method(named: word) }
  }

  /// A list of encodings.
  mutating func encodings(
    _ key: String, _ vocabulary: RecipeVocabulary
  ) throws(ModelError) -> [ElementType]? {
    try list(key) { (word) throws(ModelError) in try vocabulary.encoding(named: word) }
  }

  /// `fallback` where it is a table from the encoding wanted to those tried; nil where it is none.
  mutating func fallbacks(
    _ vocabulary: RecipeVocabulary
  ) throws(ModelError) -> [ElementType: [ElementType]]? {
    guard var table = mapping("fallback") else { return nil }
    var result: [ElementType: [ElementType]] = [:]
    for key in table.keys {
      let wanted: ElementType
      do throws(ModelError) {
        wanted = try vocabulary.encoding(named: key)
      } catch {
        throw table.error(error.reason, error.message)
      }
      result[wanted] = try table.encodings(key, vocabulary)
    }
    return result
  }

  mutating func patterns(_ key: String) throws(ModelError) -> [NamePattern] {
    try list(key) { (word) throws(ModelError) in try NamePattern(word) } ?? []
  }
}
