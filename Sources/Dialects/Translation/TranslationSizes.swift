internal import Tensors

/// The sizes of one model: what an architecture's words mean in numbers, from llama.cpp's metadata.
struct TranslationSizes {
  let architecture: Architecture
  let metadata: [MetadataEntry]
  /// Rows of the token embedding, under `vocabulary`, and tokens of the tokenizer, under `tokens`.
  var counted: [String: Int] = [:]

  init(_ architecture: Architecture, _ metadata: [MetadataEntry]) {
    self.architecture = architecture
    self.metadata = metadata
  }

  /// The number under a key without the architecture's name.
  func number(_ key: String) -> ConfigNumber? {
    switch metadata[ConfigRule.fullKey(key, architecture.llamaCpp)] {
    case .float32(let value): value.isFinite ? .real(Double(value)) : nil
    case .float64(let value): value.isFinite ? .real(value) : nil
    case let value: value?.integer.map { .integer($0) }
    }
  }

  /// The size called `name`; nil if the architecture has none or nothing says it.
  ///
  /// Throws `malformed` (`size-not-positive`, `config-arithmetic`).
  func size(_ name: String) throws(ModelError) -> Int? {
    if let count = counted[name] { return count }
    for expression in architecture.sizes[name] ?? [] {
      guard let value = try expression.value(lookup) else { continue }
      guard let size = value.int, size > 0 else {
        throw ModelError(
          .malformed, "size-not-positive", "the size \(name) is \(value.double)")
      }
      return size
    }
    return nil
  }

  /// A size or the number under a key.
  func lookup(_ name: String) throws(ModelError) -> ConfigNumber? {
    if architecture.sizes[name] != nil || counted[name] != nil {
      return try size(name).map { .integer($0) }
    }
    return number(name)
  }

  /// The whole number that `expression` gives, from 0.
  ///
  /// Throws `malformed` (`size-missing`, `size-not-positive`, `config-arithmetic`).
  func value(_ expression: SizeExpression) throws(ModelError) -> Int {
    guard let value = try expression.value(lookup) else {
      throw ModelError(
        .malformed, "size-missing",
        "nothing says one of " + expression.names.joined(separator: ", "))
    }
    guard let size = value.int, size >= 0 else {
      throw ModelError(.malformed, "size-not-positive", "\(value.double) is no size")
    }
    return size
  }
}
