internal import Tensors

/// Makes llama.cpp's metadata of a `config.json`, by the rules of an architecture.
struct MetadataMaking {
  let architecture: Architecture
  let values: ConfigValues
  let files: ModelFiles
  /// The type that most weights have.
  let mostly: ElementType
  private(set) var entries: [MetadataEntry] = []

  init(
    _ architecture: Architecture, _ values: ConfigValues, files: ModelFiles, mostly: ElementType
  ) {
    self.architecture = architecture
    self.values = values
    self.files = files
    self.mostly = mostly
  }

  /// Applies every rule in order; one with a key that is there already takes the earlier one's place,
  /// as in gguf-py's writer.
  ///
  /// Throws `malformed` (`config-value`, `config-missing-key`, `config-arithmetic`).
  mutating func run() throws(ModelError) {
    for rule in architecture.config {
      let key = rule.fullKey(architecture.llamaCpp)
      do throws(ModelError) {
        guard rule.conditions.allSatisfy({ $0.holds(for: values) }), let value = try value(of: rule)
        else {
          if rule.isRequired, entries[key] == nil {
            throw ModelError(
              .malformed, "config-missing-key",
              "config.json has none of \(rule.paths.joined(separator: ", "))")
          }
          continue
        }
        let entry = MetadataEntry(key, value)
        if let index = entries.firstIndex(where: { $0.key == key }) {
          entries[index] = entry
        } else {
          entries.append(entry)
        }
      } catch {
        var named = error
        named.message = "\(key): \(error.message)"
        throw named.at(file: ModelConfig.fileName)
      }
    }
  }

  private func value(of rule: ConfigRule) throws(ModelError) -> MetadataValue? {
    if let constant = rule.constant { return try rule.type.value(constant) }
    if let generator = rule.generator { return try generated(generator) }
    for expression in rule.expressions {
      let number = try expression.value { (name) throws(ModelError) in values.number(name) }
      if let number { return try rule.type.value(ConfigValues.json(number)) }
    }
    guard rule.expressions.isEmpty else { return nil }
    guard let found = rule.paths.lazy.compactMap({ values[$0] }).first else {
      if let value = rule.defaultValue ?? rule.nullValue { return try rule.type.value(value) }
      let number = try rule.defaultExpression?.value { (name) throws(ModelError) in
        values.number(name)
      }
      return try number.map { (number) throws(ModelError) in
        try rule.type.value(ConfigValues.json(number))
      }
    }
    guard !rule.words.isEmpty || !rule.skippedWords.isEmpty else {
      return try rule.type.value(found)
    }
    let word = found.string?.lowercased() ?? found.compactText
    if let pair = rule.words.first(where: { $0.from == word }) {
      return try rule.type.value(pair.to)
    }
    guard rule.skippedWords.contains(word) else {
      throw ModelError(
        .unsupported, "config-word",
        "\"\(word)\" is none of "
          + (rule.words.map(\.from) + rule.skippedWords).joined(separator: ", "))
    }
    return nil
  }

  private func generated(
    _ generator: ConfigRule.Generator
  ) throws(ModelError) -> MetadataValue? {
    switch generator {
    case .fileType: return LlamaCppFileType.number(mostly: mostly).map { .uint32($0) }
    case .pooling: return try Pooling.read(files).map { .uint32($0.rawValue) }
    case .labels: return ConfigGenerators.labels(values).map { .array(.string($0)) }
    case .slidingLayers:
      return ConfigGenerators.slidingLayers(values).map { .array(.bool($0)) }
    case .longRopeAttention:
      return try ConfigGenerators.longRopeAttention(values).map { .float32($0) }
    }
  }
}

extension ConfigRule.ValueType {
  /// `json` in this type; throws `malformed` (`config-value`) if it does not fit.
  func value(_ json: JSONValue) throws(ModelError) -> MetadataValue {
    let value: MetadataValue? =
      switch self {
      case .u32: json.wholeNumber.flatMap { UInt32(exactly: $0) }.map { .uint32($0) }
      case .i32: json.wholeNumber.flatMap { Int32(exactly: $0) }.map { .int32($0) }
      case .f32: json.double.map { Float($0) }.flatMap { $0.isFinite ? .float32($0) : nil }
      case .bool: if case .bool(let truth) = json { .bool(truth) } else { nil }
      case .string: json.string.map { .string($0) }
      case .u32s:
        list(json) { $0.wholeNumber.flatMap { UInt32(exactly: $0) } }
          .map { .array(.uint32($0)) }
      case .f32s: list(json) { $0.double.map { Float($0) } }.map { .array(.float32($0)) }
      case .bools:
        list(json) { if case .bool(let truth) = $0 { truth } else { nil } }
          .map { .array(.bool($0)) }
      case .strings: list(json) { $0.string }.map { .array(.string($0)) }
      }
    guard let value else {
      throw ModelError(
        .malformed, "config-value",
        "\(String(json.compactText.prefix(80))) does not fit the type \(rawValue)")
    }
    return value
  }

  private func list<Element>(
    _ json: JSONValue, _ convert: (JSONValue) -> Element?
  ) -> [Element]? {
    guard let elements = json.array else { return nil }
    let result = elements.compactMap(convert)
    return result.count == elements.count ? result : nil
  }
}

extension JSONValue {
  /// A number without a fraction, however it is written, that fits an `Int`.
  var wholeNumber: Int? { integer ?? double.flatMap { Int(exactly: $0) } }
}
