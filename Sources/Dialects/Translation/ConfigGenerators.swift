internal import Glibc
internal import Tensors

/// Values of metadata that take more than arithmetic.
enum ConfigGenerators {
  /// The labels of a classifier in the order in which convert_hf_to_gguf sorts their numbers; nil
  /// for the two that transformers invents.
  static func labels(_ values: ConfigValues) -> [String]? {
    guard let labels = values["id2label"]?.object, !labels.isEmpty else { return nil }
    var numbered: [(Int, String)] = []
    for (key, label) in labels {
      guard let number = Int(key), let text = label.string else { return nil }
      numbered.append((number, text))
    }
    let sorted = numbered.sorted { $0.0 < $1.0 }
    if sorted.count == 2, sorted[0].1 == "LABEL_0" { return nil }
    return sorted.map(\.1)
  }

  /// Which layers slide.
  static func slidingLayers(_ values: ConfigValues) -> [Bool]? {
    values["layer_types"]?.array.map { types in types.map { $0.string == "sliding_attention" } }
  }

  /// The factor by which attention grows with long contexts; nil without lists of factors.
  ///
  /// Source: `Phi3MiniModel.generate_extra_tensors`. Throws `unsupported` (`config-word`) for a kind of
  /// scaling that has no such factor.
  static func longRopeAttention(_ values: ConfigValues) throws(ModelError) -> Float? {
    guard let factors = values["rope.long_factor"]?.array, !factors.isEmpty,
      let length = values.number("max_position_embeddings")?.double,
      let original = values.number("rope.original_max_position_embeddings")?.double
    else { return nil }
    let scale = length / original
    let kind = values["rope.rope_type"]?.string?.lowercased() ?? ""
    guard scale > 1, scale.isFinite, original > 1 else { return 1 }
    switch kind {
    case "su", "longrope": return Float((1 + log(scale) / log(original)).squareRoot())
    case "yarn": return Float(0.1 * log(scale) + 1)
    default:
      throw ModelError(.unsupported, "config-word", "rope_type \"\(kind)\" has no long factors")
    }
  }
}

/// How the vectors of a sentence become one (`PoolingType` of gguf-py).
enum Pooling: UInt32, CaseIterable {
  case mean = 1
  case firstToken = 2
  case lastToken = 3

  /// What `modules.json` and the file it names say; nil without them.
  ///
  /// Throws what `ModelFiles.json` throws, `unsupported` (`pooling-unknown`).
  static func read(_ files: ModelFiles) throws(ModelError) -> Pooling? {
    guard let modules = try files.json("modules.json")?.array,
      let path = modules.first(where: { $0["type"]?.string?.hasSuffix("Pooling") == true })?[
        "path"]?
        .string,
      let pooling = try files.json(path + "/config.json")
    else { return nil }
    if pooling["pooling_mode_mean_tokens"] == .bool(true) { return .mean }
    if pooling["pooling_mode_cls_token"] == .bool(true) { return .firstToken }
    if pooling["pooling_mode_lasttoken"] == .bool(true) { return .lastToken }
    switch pooling["pooling_mode"]?.string {
    case "mean": return .mean
    case "cls": return .firstToken
    case "lasttoken": return .lastToken
    default:
      throw ModelError(
        .unsupported, "pooling-unknown", "mean, cls and lasttoken are what llama.cpp knows",
        file: path + "/config.json")
    }
  }
}
