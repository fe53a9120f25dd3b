internal import Tensors

/// A tokenizer as llama.cpp's metadata keep it, checked.
struct KeptTokenizer {
  enum Kind: String {
    /// BPE on bytes.
    case gpt2
    /// SentencePiece BPE.
    case llama
    /// WordPiece.
    case bert
    /// Unigram.
    case t5
    /// BPE on characters with bytes for what is no token.
    case gemma4
  }

  let kind: Kind
  let pre: String?
  var list: TokenList
  private(set) var merges: [String] = []
  let metadata: [MetadataEntry]

  /// Throws `malformed` (`tokenizer-metadata`, `duplicate-token`, `score-not-finite`,
  /// `special-token-id`), `unsupported` (`tokenizer-kind`), `limitExceeded` (`too-many-tokens`).
  init(_ metadata: [MetadataEntry]) throws(ModelError) {
    self.metadata = metadata
    guard let name = metadata[TokenizerKeys.model]?.string, let kind = Kind(rawValue: name) else {
      throw ModelError(
        .unsupported, "tokenizer-kind",
        "the tokenizer is none of gpt2, llama, bert, t5, gemma4 (\(TokenizerKeys.model))")
    }
    self.kind = kind
    pre = metadata[TokenizerKeys.pre]?.string
    guard case .array(.string(let texts))? = metadata[TokenizerKeys.tokens] else {
      throw KeptTokenizer.malformed(TokenizerKeys.tokens, "is no list of texts")
    }
    list = try TokenList(padded: texts.count, score: nil)
    list.texts = texts
    try list.checkUnique()
    try readTypes()
    try readScores()
    switch metadata[TokenizerKeys.merges] {
    case .array(.string(let merges))?: self.merges = merges
    case nil where kind == .llama || kind == .bert || kind == .t5: merges = []
    default: throw KeptTokenizer.malformed(TokenizerKeys.merges, "is no list of texts")
    }
    for name in ["bos", "eos", "unk", "sep", "pad", "mask"] { _ = try id(name) }
  }

  static func malformed(_ key: String, _ what: String) -> ModelError {
    ModelError(.malformed, "tokenizer-metadata", "\(key) \(what)")
  }

  private mutating func readTypes() throws(ModelError) {
    switch metadata[TokenizerKeys.types] {
    case .array(.int32(let types))? where types.count == list.count:
      list.types = types.map { TokenType(rawValue: $0) ?? .undefined }
    case nil: list.types = Array(repeating: .normal, count: list.count)
    default:
      throw KeptTokenizer.malformed(TokenizerKeys.types, "is no list of \(list.count) int32")
    }
  }

  private mutating func readScores() throws(ModelError) {
    switch metadata[TokenizerKeys.scores] {
    case .array(.float32(let scores))? where scores.count == list.count:
      guard scores.allSatisfy(\.isFinite) else {
        throw ModelError(.malformed, "score-not-finite", "a token's score is not finite")
      }
      list.scores = scores
    case nil where kind != .llama && kind != .t5: return
    default:
      throw KeptTokenizer.malformed(TokenizerKeys.scores, "is no list of \(list.count) float32")
    }
  }

  /// The id of a special token, or llama.cpp's default for the kind; nil if there is none.
  ///
  /// Throws `malformed` (`special-token-id`) for one that is no token.
  func id(_ name: String) throws(ModelError) -> Int? {
    guard let key = TokenizerKeys.id(name), let value = metadata[key] else {
      return defaultID(name).flatMap { $0 < list.count ? $0 : nil }
    }
    guard let id = value.integer, list.texts.indices.contains(id) else {
      throw ModelError(
        .malformed, "special-token-id", "\(key) is no id below \(list.count)")
    }
    return id
  }

  /// Whether the metadata give the id.
  func says(_ name: String) -> Bool {
    TokenizerKeys.id(name).map { metadata[$0] != nil } ?? false
  }

  private func defaultID(_ name: String) -> Int? {
    switch kind {
    case .llama: ["bos": 1, "eos": 2, "unk": 0][name]
    case .bert: ["bos": 101, "unk": 100, "sep": 102, "pad": 0, "mask": 103][name]
    case .t5: ["eos": 1, "unk": 2, "pad": 0][name]
    case .gpt2, .gemma4: nil
    }
  }

  /// Whether a special token is added to each text, if the metadata say so.
  func saysAdds(_ name: String) -> Bool? { flag("tokenizer.ggml.add_\(name)_token") }

  /// Whether a special token is added to each text, by llama.cpp's defaults where nothing is said.
  func adds(_ name: String) -> Bool {
    if let value = saysAdds(name) { return value }
    switch (kind, name) {
    case (.llama, "bos"), (.gemma4, "bos"), (.t5, "eos"): return true
    case (.gpt2, "bos"): return ["llama-bpe", "tekken", "chameleon"].contains(preTokenizer?.name)
    default: return false
    }
  }

  func flag(_ key: String) -> Bool? {
    if case .bool(let value)? = metadata[key] { value } else { nil }
  }

  /// What llama.cpp's name of the pre-tokenizer stands for; nil if it is not known here.
  var preTokenizer: PreTokenizer? { PreTokenizer.named(pre ?? "default") }

  /// The tokens that are found before the model sees the text.
  /// A token that the metadata name as begin, end and the like is one, whatever its type.
  func addedTokens() throws(ModelError) -> [AddedToken] {
    var named = Set<Int>()
    for name in ["bos", "eos", "sep", "pad", "mask"] where says(name) {
      if let id = try id(name) { named.insert(id) }
    }
    return list.texts.indices.compactMap { id in
      switch list.types[id] {
      case .normal where named.contains(id) && kind == .gpt2:
        AddedToken(id: id, content: list.texts[id], isSpecial: true)
      case .control, .unknown:
        AddedToken(id: id, content: list.texts[id], isSpecial: true)
      case .userDefined: AddedToken(id: id, content: list.texts[id], isSpecial: false)
      default: nil
      }
    }
  }
}
