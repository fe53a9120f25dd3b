internal import Tensors

/// The values of a `config.json` as rules see them.
///
/// The text model's part of a model of several kinds of input counts as the whole. What is said of
/// rotary positions, in three shapes over the years, is found under `rope`: `rope.rope_theta`,
/// `rope.rope_type`, `rope.factor` and so on, and `rope.local_theta` for layers that slide.
/// Source: `TextModel.__init__` in llama.cpp's `conversion/base.py`.
struct ConfigValues {
  private(set) var root: [String: JSONValue]

  /// Reads a parsed `config.json`; throws `malformed` (`config-value`) if it is no object.
  init(_ config: JSONValue, _ architecture: Architecture) throws(ModelError) {
    let defaults = architecture.defaults
    guard case .object(var members) = config else {
      throw ModelError(
        .malformed, "config-value", "config.json is no object", file: ModelConfig.fileName)
    }
    for part in ["text_config", "llm_config", "language_config"] {
      if case .object(let text)? = members[part] {
        members.merge(text) { _, inner in inner }
        break
      }
    }
    for key in architecture.meaningless { members[key] = nil }
    root = members
    // Defaults are named by key, or `rope.` and a key.
    for preset in defaults where !preset.path.hasPrefix("rope.") { try fill(preset) }
    root["rope"] = .object(ConfigValues.rope(root))
    for preset in defaults where preset.path.hasPrefix("rope.") { try fill(preset) }
  }

  private mutating func fill(
    _ preset: (path: String, value: JSONValue?, expression: SizeExpression?)
  ) throws(ModelError) {
    guard self[preset.path] == nil else { return }
    var value = preset.value
    if let number = try preset.expression?.value({ (name) throws(ModelError) in number(name) }) {
      value = ConfigValues.json(number)
    }
    guard let value else { return }
    if preset.path.hasPrefix("rope."), case .object(var rope)? = root["rope"] {
      rope[String(preset.path.dropFirst(5))] = value
      root["rope"] = .object(rope)
    } else {
      root[preset.path] = value
    }
  }

  private static func rope(_ root: [String: JSONValue]) -> [String: JSONValue] {
    func first(_ keys: String...) -> JSONValue? {
      keys.lazy.compactMap { root[$0] }.first { $0 != .null }
    }
    var rope: [String: JSONValue] = [:]
    let said = first("rope_parameters", "rope_scaling")?.object ?? [:]
    if let full = said["full_attention"]?.object {
      rope = full
      rope["local_theta"] = said["sliding_attention"]?["rope_theta"]
    } else {
      rope = said
      rope["local_theta"] = first(
        "local_rope_theta", "rope_local_theta", "rope_theta_local", "swa_rope_theta",
        "rope_local_base_freq")
    }
    func mirror(_ key: String, _ value: JSONValue?) { if rope[key] == nil { rope[key] = value } }
    mirror(
      "rope_theta",
      first(
        "global_rope_theta", "rope_global_theta", "rope_theta_global", "rope_theta",
        "rotary_emb_base"))
    mirror("rope_type", rope["type"])
    mirror(
      "partial_rotary_factor", first("partial_rotary_factor", "rope_pct", "rope_percent"))
    mirror("original_max_position_embeddings", first("original_max_position_embeddings"))
    return rope
  }

  /// The value at a path of keys joined by dots; nil if it is not there or null.
  subscript(path: String) -> JSONValue? {
    if let value = root[path] { return value == .null ? nil : value }
    var value: JSONValue? = .object(root)
    for key in path.split(separator: ".") { value = value?[String(key)] }
    return value == .null ? nil : value
  }

  /// The number at a path; nil for anything else.
  func number(_ path: String) -> ConfigNumber? {
    guard case .number(let literal)? = self[path] else { return nil }
    if let integer = Int(literal) { return .integer(integer) }
    return Double(literal).flatMap { $0.isFinite ? .real($0) : nil }
  }

  static func json(_ number: ConfigNumber) -> JSONValue {
    switch number {
    case .integer(let value): .integer(value)
    case .real(let value): .number("\(value)")
    }
  }
}
