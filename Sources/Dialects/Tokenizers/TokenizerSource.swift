internal import Tensors

/// What a folder has of a tokenizer, and what the model says of it.
struct TokenizerSource {
  let files: ModelFiles
  let config: JSONValue?
  let tokenizerConfig: JSONValue?
  let architecture: String
  let vocabularySize: Int?

  init(
    _ files: ModelFiles, config: JSONValue?, architecture: String, vocabularySize: Int?
  ) throws(ModelError) {
    self.files = files
    self.config = config
    self.architecture = architecture
    tokenizerConfig = try files.json("tokenizer_config.json")
    self.vocabularySize = vocabularySize
  }

  var modelType: String? { config?["model_type"]?.string }

  /// The number of tokens that the model has; nil if nothing says so.
  ///
  /// Throws `malformed` (`vocabulary-size`), `limitExceeded` (`too-many-tokens`).
  func tokenCount() throws(ModelError) -> Int? {
    let number = config?["vocab_size"] ?? config?["text_config"]?["vocab_size"]
    guard let count = vocabularySize ?? number?.integer else { return nil }
    guard count >= 0 else {
      throw ModelError(.malformed, "vocabulary-size", "vocab_size is \(count), expected at least 0")
    }
    try TokenList.check(count)
    return count
  }

  /// The SentencePiece model that convert_hf_to_gguf would read for this architecture.
  func sentencePiece() throws(ModelError) -> SentencePieceModel? {
    let names =
      isT5
      ? ["tokenizer.model", "spiece.model"]
      : isBERT ? ["sentencepiece.bpe.model"] : ["tokenizer.model"]
    for name in names {
      guard let bytes = try files.bytes(name) else { continue }
      guard SentencePieceModel.canBegin(bytes) || !files.names.contains(TokenizerJSON.fileName)
      else { continue }
      do throws(ModelError) {
        return try SentencePieceModel(bytes)
      } catch {
        throw error.at(file: name)
      }
    }
    return nil
  }

  /// tokenizer.json; nil if there is none.
  func json(keepsVocabulary: Bool) throws(ModelError) -> TokenizerJSON? {
    guard let bytes = try files.bytes(TokenizerJSON.fileName) else { return nil }
    return try TokenizerJSON(bytes, keepsVocabulary: keepsVocabulary)
  }

  var isT5: Bool { ["t5", "t5encoder"].contains(architecture) }
  var isBERT: Bool {
    ["bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3"].contains(architecture)
  }
  var isGemma: Bool { ["gemma", "gemma2", "gemma3"].contains(architecture) }

  /// Added tokens that tokenizer_config.json lists, by rising id.
  ///
  /// Throws `malformed` (`added-token`).
  func configuredTokens() throws(ModelError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    for (key, value) in tokenizerConfig?["added_tokens_decoder"]?.object ?? [:] {
      guard let id = Int(key) else {
        throw ModelError(
          .malformed, "added-token", "\"\(key.prefix(40))\" is no id",
          file: "tokenizer_config.json")
      }
      tokens.append(try AddedToken(value, id: id))
    }
    return tokens.sorted { $0.id < $1.id }
  }

  /// The tokens of added_tokens.json, by rising id.
  ///
  /// Throws `malformed` (`added-token`).
  func addedTokensFile() throws(ModelError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    for (text, value) in try files.json("added_tokens.json")?.object ?? [:] {
      guard let id = value.integer, id >= 0 else {
        throw ModelError(
          .malformed, "added-token", "\"\(text.prefix(40))\" has no id of at least 0",
          file: "added_tokens.json")
      }
      tokens.append(AddedToken(id: id, content: text, isSpecial: false))
    }
    return tokens.sorted { $0.id < $1.id }
  }
}
