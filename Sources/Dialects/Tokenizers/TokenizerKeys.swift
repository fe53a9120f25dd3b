internal import Tensors

/// The metadata keys of a llama.cpp tokenizer, from gguf-py's `constants.py`.
enum TokenizerKeys {
  static let model = "tokenizer.ggml.model"
  static let pre = "tokenizer.ggml.pre"
  static let tokens = "tokenizer.ggml.tokens"
  static let types = "tokenizer.ggml.token_type"
  static let typeCount = "tokenizer.ggml.token_type_count"
  static let scores = "tokenizer.ggml.scores"
  static let merges = "tokenizer.ggml.merges"
  static let addSpacePrefix = "tokenizer.ggml.add_space_prefix"
  static let removeExtraSpaces = "tokenizer.ggml.remove_extra_whitespaces"
  static let charsmap = "tokenizer.ggml.precompiled_charsmap"
  static let lowercase = "tokenizer.ggml.normalizer.lowercase"
  static let stripAccents = "tokenizer.ggml.normalizer.strip_accents"
  static let chatTemplate = "tokenizer.chat_template"
  static let chatTemplates = "tokenizer.chat_templates"
  static let huggingFace = "tokenizer.huggingface.json"
  /// Before the name of an original file that travels along.
  static let filePrefix = "ingot.file."

  /// The key of a special token's id, by the name that tokenizer_config.json gives it. Classifier
  /// tokens have none; llama.cpp spells the separator's so.
  static func id(_ name: String) -> String? {
    switch name {
    case "bos", "eos", "eot", "eom", "mask": "tokenizer.ggml.\(name)_token_id"
    case "unk": "tokenizer.ggml.unknown_token_id"
    case "sep": "tokenizer.ggml.seperator_token_id"
    case "pad": "tokenizer.ggml.padding_token_id"
    default: nil
    }
  }

  /// The key that says whether a special token is added to each text.
  static func adds(_ name: String) -> String? {
    ["bos", "eos", "sep"].contains(name) ? "tokenizer.ggml.add_\(name)_token" : nil
  }
}

extension [MetadataEntry] {
  /// Sets `key`, in its place if it is there already, as gguf-py's writer does.
  mutating func set(_ key: String, _ value: MetadataValue) {
    if let index = firstIndex(where: { $0.key == key }) {
      self[index].value = value
    } else {
      append(MetadataEntry(key, value))
    }
  }
}
