internal import Tensors

/// Makes the metadata of one tokenizer; each kind of tokenizer is an extension.
struct TokenizerConverter {
  let source: TokenizerSource
  let preTokenizer: String?
  var metadata: [MetadataEntry] = []
  var notes: [String] = []
  var tokenCount = 0

  init(source: TokenizerSource, preTokenizer: String?) {
    self.source = source
    self.preTokenizer = preTokenizer
  }

  /// Returns false if there is no tokenizer.
  mutating func convert() throws(ModelError) -> Bool {
    if let model = try source.sentencePiece() {
      try convert(model)
    } else if let json = try source.json(keepsVocabulary: true) {
      try convert(json)
    } else {
      let others = ["tekken.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model"]
      guard let found = others.first(where: source.files.names.contains) else { return false }
      throw ModelError(
        .unsupported, "tokenizer-kind",
        "a tokenizer of \(found) alone is not read; save it as tokenizer.json first", file: found)
    }
    try finishForArchitecture()
    return true
  }

  private mutating func convert(_ model: SentencePieceModel) throws(ModelError) {
    if source.isBERT {
      try convertXLMRoberta(model)
    } else if source.isT5, model.algorithm == .unigram {
      try convertT5(model)
    } else {
      if model.algorithm != .bpe {
        notes.append(
          "the SentencePiece model is not BPE; llama.cpp treats it as such for this architecture")
      }
      try convertSentencePiece(model)
    }
  }

  private mutating func convert(_ json: TokenizerJSON) throws(ModelError) {
    switch json.algorithm {
    case .bpe where source.architecture == "gemma4": try convertGemma4(json)
    case .bpe where json.model["byte_fallback"] == .bool(true) && !json.isByteLevel:
      try convertByteFallback(json)
    case .bpe: try convertBPE(json)
    case .wordPiece: try convertWordPiece(json)
    case .unigram: try convertUnigram(json)
    case .wordLevel:
      throw ModelError(
        .unsupported, "tokenizer-kind", "llama.cpp has no tokenizer of whole words (WordLevel)",
        file: TokenizerJSON.fileName)
    }
  }

  /// What the model has, or what the tokens need.
  func tokenCount(_ json: TokenizerJSON, _ added: [AddedToken]) throws(ModelError) -> Int {
    if let count = try source.tokenCount() { return count }
    return try json.idBound(added)
  }

  /// The entries after the vocabulary: merges, special ids, templates, normalizer.
  mutating func finish(_ json: TokenizerJSON?, merges: [String] = []) throws(ModelError) {
    if !merges.isEmpty { metadata.set(TokenizerKeys.merges, .array(.string(merges))) }
    let specials = try SpecialTokens(
      json: json, tokenizerConfig: source.tokenizerConfig, config: source.config,
      tokenCount: tokenCount)
    notes += specials.notes
    for (name, id) in specials.ids {
      guard let key = TokenizerKeys.id(name) else { continue }
      metadata.set(key, .uint32(UInt32(id)))
    }
    for (name, value) in specials.adds {
      if let key = TokenizerKeys.adds(name) { metadata.set(key, .bool(value)) }
    }
    try ChatTemplates(source.files, tokenizerConfig: source.tokenizerConfig).write(into: &metadata)
    if let normalizer = json?.normalizer { setNormalizer(normalizer) }
  }

  private mutating func setNormalizer(_ value: JSONValue) {
    switch value["type"]?.string {
    case "Lowercase": metadata.set(TokenizerKeys.lowercase, .bool(true))
    case "StripAccents": metadata.set(TokenizerKeys.stripAccents, .bool(true))
    case "BertNormalizer":
      if case .bool(let lowers)? = value["lowercase"] {
        metadata.set(TokenizerKeys.lowercase, .bool(lowers))
      }
      if case .bool(let strips)? = value["strip_accents"] {
        metadata.set(TokenizerKeys.stripAccents, .bool(strips))
      }
    case "Sequence": for part in value["normalizers"]?.array ?? [] { setNormalizer(part) }
    default: return
    }
  }

  /// Writes the list of tokens under llama.cpp's name of the kind.
  mutating func set(_ list: TokenList, model: String, pre: String?) {
    metadata.set(TokenizerKeys.model, .string(model))
    if let pre { metadata.set(TokenizerKeys.pre, .string(pre)) }
    metadata.set(TokenizerKeys.tokens, .array(.string(list.texts)))
    if !list.scores.isEmpty { metadata.set(TokenizerKeys.scores, .array(.float32(list.scores))) }
    metadata.set(TokenizerKeys.types, .array(.int32(list.types.map(\.rawValue))))
    tokenCount = list.count
  }

  /// Kinds of sentences that BERT's embedding tells apart.
  mutating func setTypeCount() {
    let count = source.config?["type_vocab_size"]?.integer ?? 1
    metadata.set(TokenizerKeys.typeCount, .uint32(UInt32(clamping: count)))
  }

  /// What single model classes of convert_hf_to_gguf add in the end.
  private mutating func finishForArchitecture() throws(ModelError) {
    let kind = metadata[TokenizerKeys.model]?.string
    let configured = source.config?["vocab_size"]?.integer
    switch source.architecture {
    case "gemma" where tokenCount > 107:
      metadata.set("tokenizer.ggml.eot_token_id", .uint32(107))
    case "llama" where configured == 32016 && tokenCount > 32010:
      metadata.set("tokenizer.ggml.eot_token_id", .uint32(32010))
    case "llama" where configured == 49152:
      metadata.set("tokenizer.ggml.add_bos_token", .bool(false))
    case "bert", "jina-bert-v2":
      if kind == "gpt2" { setTypeCount() }
    default: break
    }
    if source.isGemma, kind == "llama" {
      metadata.set(TokenizerKeys.addSpacePrefix, .bool(false))
    }
  }
}

extension TokenizerJSON {
  /// Whether tokens are written in GPT-2's characters for bytes.
  var isByteLevel: Bool {
    func names(_ value: JSONValue?) -> Bool {
      guard let value else { return false }
      if value["type"]?.string == "ByteLevel" { return true }
      let parts = (value["pretokenizers"] ?? value["decoders"] ?? value["normalizers"])?.array
      return (parts ?? []).contains { names($0) }
    }
    return names(decoder) || names(preTokenizer)
  }

  /// The tokens of the model in the places of their ids, `[PADn]` elsewhere.
  ///
  /// Throws `malformed` (`token-id-out-of-range`, `duplicate-token-id`, `duplicate-token`),
  /// `limitExceeded` (`too-many-tokens`). Leaves in `known` the ids by text.
  func list(count: Int, score: Float? = nil, known: inout [TokenText: Int]) throws(ModelError)
    -> TokenList
  {
    var list = try TokenList(padded: count, score: score)
    known.reserveCapacity(tokens.count)
    for (text, id) in zip(tokens, ids) {
      try check(id, text, count)
      guard list.types[id] == .unused else {
        throw ModelError(
          .malformed, "duplicate-token-id",
          "id \(id) is \"\(list.texts[id])\" and \"\(text.prefix(100))\"", file: Self.fileName)
      }
      guard known.updateValue(id, forKey: TokenText(text)) == nil else {
        throw ModelError(
          .malformed, "duplicate-token", "\"\(text.prefix(100))\" has two ids", file: Self.fileName)
      }
      list.set(id, text, .normal)
    }
    return list
  }

  /// Refuses an id beyond the model's embedding.
  func check(_ id: Int, _ text: String, _ count: Int) throws(ModelError) {
    guard id < count else {
      throw ModelError(
        .malformed, "token-id-out-of-range",
        "\"\(text.prefix(100))\" has id \(id), the model has \(count) tokens", file: Self.fileName)
    }
  }

  /// The first id that no token has, at most `TokenList.maximumCount`.
  func idBound(_ added: [AddedToken]) throws(ModelError) -> Int {
    let largest = max(ids.max() ?? -1, added.map(\.id).max() ?? -1)
    let (count, overflow) = largest.addingReportingOverflow(1)
    try TokenList.check(overflow ? Int.max : count)
    return count
  }
}
