internal import Tensors

/// Makes a `config.json` of llama.cpp's metadata, by the rules of an architecture.
struct ConfigMaking {
  private let architecture: Architecture
  private let sizes: TranslationSizes
  private var root: [String: JSONValue] = [:]
  private(set) var notes: [TranslationNote] = []

  init(_ architecture: Architecture, _ sizes: TranslationSizes) {
    self.architecture = architecture
    self.sizes = sizes
  }

  /// The object, from constants, rules and what else is known of the model.
  ///
  /// - Parameters:
  ///   - tensors: The names of llama.cpp's tensors.
  ///   - mostly: The type that most weights have.
  ///   - rope: Values found in generated tensors.
  ///
  /// Throws `malformed` (`config-value`, `config-arithmetic`, `size-not-positive`).
  mutating func run(
    tensors: Set<String>, mostly: ElementType, rope: [String: JSONValue]
  ) throws(ModelError) -> JSONValue {
    for (key, value) in architecture.constants { root[key] = value }
    var carried: Set<String> = ["general.architecture"]
    let last = Dictionary(
      architecture.config.enumerated().filter { !$0.element.isForward }
        .map { ($0.element.key, $0.offset) }
    ) { _, later in later }
    for (index, rule) in architecture.config.enumerated() {
      let key = rule.fullKey(architecture.llamaCpp)
      carried.insert(key)
      guard last[rule.key] == index, let value = sizes.metadata[key] else { continue }
      do throws(ModelError) {
        try carry(value, rule)
      } catch {
        throw ModelError(error.code, error.reason, "\(key): \(error.message)")
      }
    }
    for rule in architecture.returns {
      if let constant = rule.constant {
        set(rule.path, constant)
      } else if let number = try rule.expression?.value({ (name) throws(ModelError) in
        try sizes.lookup(name)
      }) {
        set(rule.path, ConfigMaking.json(number))
      }
      for name in rule.expression?.names ?? [] {
        carried.insert(ConfigRule.fullKey(name, architecture.llamaCpp))
      }
    }
    for (key, value) in rope { set("rope." + key, value) }
    for entry in sizes.metadata
    where entry.key.hasPrefix(architecture.llamaCpp + ".") && !carried.contains(entry.key) {
      notes.append(
        TranslationNote(
          .droppedKey, entry.key, "config.json of \(architecture.name) has no key for it"))
    }
    if let className = architecture.classes.first {
      root["architectures"] = .array([.string(className)])
    }
    if let type = architecture.modelTypes.first { root["model_type"] = .string(type) }
    if let output = architecture.outputTensor {
      root["tie_word_embeddings"] = .bool(!tensors.contains(output))
    }
    for (key, tensor) in architecture.flags { root[key] = .bool(tensors.contains(tensor)) }
    switch mostly {
    case .F32: root["torch_dtype"] = .string("float32")
    case .F16: root["torch_dtype"] = .string("float16")
    case .BF16: root["torch_dtype"] = .string("bfloat16")
    default: break
    }
    spreadRope()
    return .object(root)
  }

  /// Numbers of metadata are F32, and no more digits than give them back are true.
  private static func json(_ number: ConfigNumber) -> JSONValue {
    switch number {
    case .integer(let value): .integer(value)
    case .real(let value): .number(Float(value).description)
    }
  }

  private mutating func set(_ path: String, _ value: JSONValue) {
    guard let dot = path.firstIndex(of: ".") else {
      root[path] = value
      return
    }
    var inner = root[String(path[..<dot])]?.object ?? [:]
    inner[String(path[path.index(after: dot)...])] = value
    root[String(path[..<dot])] = .object(inner)
  }

  private mutating func carry(_ value: MetadataValue, _ rule: ConfigRule) throws(ModelError) {
    switch rule.generator {
    case .labels:
      guard case .array(.string(let labels)) = value else { return }
      set(
        "id2label",
        .object(
          Dictionary(
            labels.enumerated().map { (String($0), JSONValue.string($1)) }
          ) { first, _ in first }))
      set(
        "label2id",
        .object(
          Dictionary(labels.enumerated().map { ($1, JSONValue.integer($0)) }) { first, _ in first })
      )
    case .slidingLayers:
      guard case .array(.bool(let layers)) = value else { return }
      set(
        "layer_types",
        .array(layers.map { .string($0 ? "sliding_attention" : "full_attention") }))
    case .pooling:
      notes.append(
        TranslationNote(
          .droppedKey, rule.fullKey(architecture.llamaCpp),
          "it belongs into the files of sentence-transformers, not into config.json"))
    case .fileType, .longRopeAttention: break
    case nil:
      guard let path = rule.paths.first else { return }
      var json = try value.json
      if json == rule.nullValue { json = .null }
      if !rule.words.isEmpty || !rule.skippedWords.isEmpty {
        guard let pair = rule.words.first(where: { $0.to == json }) else { return }
        json = .string(pair.from)
      }
      set(path, json)
    }
  }

  /// Puts what is known of rotary positions where transformers reads it.
  private mutating func spreadRope() {
    guard case .object(var rope)? = root.removeValue(forKey: "rope") else { return }
    for (key, place) in [
      ("rope_theta", "rope_theta"), ("partial_rotary_factor", "partial_rotary_factor"),
      ("local_theta", "rope_local_base_freq"),
    ] {
      if let value = rope.removeValue(forKey: key) { root[place] = value }
    }
    if rope["rope_type"] != nil { root["rope_scaling"] = .object(rope) }
  }
}

extension MetadataValue {
  /// The value as JSON; numbers in as few digits as give them back.
  ///
  /// Throws `malformed` (`config-value`) for NaN and infinities.
  var json: JSONValue {
    get throws(ModelError) {
      switch self {
      case .float32(let value): return try MetadataValue.json(value, value.isFinite)
      case .float64(let value): return try MetadataValue.json(value, value.isFinite)
      case .bool(let value): return .bool(value)
      case .string(let value): return .string(value)
      case .uint64(let value): return .number(String(value))
      case .array(.float32(let values)):
        var result: [JSONValue] = []
        for value in values { result.append(try MetadataValue.json(value, value.isFinite)) }
        return .array(result)
      case .array(.uint32(let values)): return .array(values.map { .integer(Int($0)) })
      case .array(.int32(let values)): return .array(values.map { .integer(Int($0)) })
      case .array(.bool(let values)): return .array(values.map { .bool($0) })
      case .array(.string(let values)): return .array(values.map { .string($0) })
      default:
        guard let integer else {
          throw ModelError(.malformed, "config-value", "an array of this type has no place")
        }
        return .integer(integer)
      }
    }
  }

  private static func json(
    _ value: some CustomStringConvertible, _ isFinite: Bool
  ) throws(ModelError) -> JSONValue {
    guard isFinite else {
      throw ModelError(.malformed, "config-value", "\(value) is no number of JSON")
    }
    return .number(value.description)
  }
}
