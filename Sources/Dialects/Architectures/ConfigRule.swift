internal import Tensors

/// One key of llama.cpp's metadata, where it comes from in `config.json`, and the way back.
struct ConfigRule: Sendable {
  /// The type that the value has in a GGUF file.
  enum ValueType: String, Sendable {
    case u32, i32, f32, bool, string
    case u32s = "u32[]"
    case f32s = "f32[]"
    case bools = "bool[]"
    case strings = "string[]"
  }

  /// Values that no expression gives; each is a function of the engine.
  enum Generator: String, Sendable {
    /// `general.file_type`, of the type that most weights have.
    case fileType = "file-type"
    /// The pooling that sentence-transformers files beside the model say.
    case pooling
    /// The labels of a classifier, unless they are transformers' own.
    case labels
    /// Which layers slide, from `layer_types`.
    case slidingLayers = "sliding-layers"
    /// The factor of attention that long contexts of Phi 3 need.
    case longRopeAttention = "longrope-attention"
  }

  /// The key: without the architecture's name in front unless it begins with `general.` or
  /// `tokenizer.`.
  var key: String
  var type: ValueType
  /// Paths in `config.json`; the first that is there counts, and the first is written on the way back.
  var paths: [String]
  /// What counts without any of them.
  var defaultValue: JSONValue?
  var defaultExpression: SizeExpression?
  /// Computed of other values of `config.json`; the first that has a value counts.
  var expressions: [SizeExpression]
  /// A constant.
  var constant: JSONValue?
  var generator: Generator?
  /// What the words of `config.json` are in llama.cpp, in order.
  var words: [(from: String, to: JSONValue)]
  /// Words for which nothing is written.
  var skippedWords: [String]
  /// What other values have to be for the rule to hold.
  var conditions: [Condition]
  /// What stands for a value that is not there, and comes back as null.
  var nullValue: JSONValue?
  /// Whether a file without it is refused.
  var isRequired: Bool
  /// Whether it is not brought back: another rule does that, or nothing has to.
  var isForward: Bool
  var line: Int

  /// A value of `config.json` and what it may be.
  struct Condition: Sendable {
    var path: String
    /// The words allowed; `present` and `absent` mean the key.
    var words: [String]

    /// Whether `values` meet it.
    func holds(for values: ConfigValues) -> Bool {
      let value = values[path]
      if words == ["present"] { return value != nil }
      if words == ["absent"] { return value == nil }
      let word: String? =
        switch value {
        case .string(let text): text
        case .bool(let truth): truth ? "true" : "false"
        case .number(let literal): literal
        default: nil
        }
      return word.map { words.contains($0) } ?? false
    }
  }

  /// The key for an architecture.
  func fullKey(_ architecture: String) -> String {
    ConfigRule.fullKey(key, architecture)
  }

  static func fullKey(_ key: String, _ architecture: String) -> String {
    key.hasPrefix("general.") || key.hasPrefix("tokenizer.") ? key : architecture + "." + key
  }
}

/// A value of `config.json` that is computed of llama.cpp's metadata.
struct ReturnRule: Sendable {
  /// The path in `config.json`.
  var path: String
  var expression: SizeExpression?
  var constant: JSONValue?
}
