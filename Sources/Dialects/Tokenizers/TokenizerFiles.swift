internal import Tensors

/// The files of a tokenizer, made again from llama.cpp's metadata.
enum TokenizerFiles {
  /// A member of tokenizer_config.json that keeps llama.cpp's name where several have one split.
  static let preTokenizerKey = "llama_cpp_pre_tokenizer"
  private static let configName = "tokenizer_config.json"

  /// The files but those whose names are in `names`. Throws what `KeptTokenizer` throws,
  /// `pre-tokenizer-unknown`, `merge-malformed`, `merge-unknown-token`.
  static func rebuilt(_ metadata: [MetadataEntry], except names: Set<String>)
    throws(ModelError) -> [(name: String, bytes: [UInt8])]
  {
    let kept = try KeptTokenizer(metadata)
    var files: [(name: String, bytes: [UInt8])] = []
    if !names.contains(TokenizerJSON.fileName) {
      files.append((TokenizerJSON.fileName, try json(kept)))
    }
    if !names.contains(configName) {
      files.append((configName, Array(try config(kept).canonicalText.utf8)))
    }
    if names.isEmpty, let model = try sentencePiece(kept) { files.append(model) }
    return files
  }

  private static func json(_ kept: KeptTokenizer) throws(ModelError) -> [UInt8] {
    switch kept.kind {
    case .gpt2: try bpe(kept)
    case .llama: try byteFallback(kept, merges: kept.mergesByScore())
    case .gemma4: try byteFallback(kept, merges: kept.merges)
    case .bert: try wordPiece(kept)
    case .t5: try unigram(kept)
    }
  }

  /// tokenizer_config.json: special tokens, what is added, templates.
  private static func config(_ kept: KeptTokenizer) throws(ModelError) -> JSONValue {
    let isBERT = kept.kind == .bert
    var members: [String: JSONValue] = [
      "tokenizer_class": .string(isBERT ? "BertTokenizer" : "PreTrainedTokenizerFast"),
      // convert_hf_to_gguf takes it for the merging of spaces.
      "clean_up_tokenization_spaces": .bool(
        isBERT || kept.flag(TokenizerKeys.removeExtraSpaces) == true),
    ]
    for name in ["bos", "eos", "unk", "sep", "pad", "mask"] where kept.says(name) {
      guard let id = try kept.id(name) else { continue }
      // BERT's begin and end are its classifier token and its separator.
      let own = isBERT ? ["bos": "cls", "eos": "sep"][name] ?? name : name
      members["\(own)_token"] = .string(kept.list.texts[id])
    }
    if isBERT {
      members["do_lower_case"] = .bool(kept.flag(TokenizerKeys.lowercase) ?? true)
    }
    for name in ["bos", "eos", "sep"] {
      if let value = kept.saysAdds(name) { members["add_\(name)_token"] = .bool(value) }
    }
    if let prefix = kept.flag(TokenizerKeys.addSpacePrefix) {
      members["add_prefix_space"] = .bool(prefix)
    }
    if let pre = kept.pre, kept.kind == .gpt2 { members[preTokenizerKey] = .string(pre) }
    if let template = ChatTemplates(kept.metadata).json { members["chat_template"] = template }
    let decoder = try addedTokensDecoder(kept)
    if !decoder.isEmpty { members["added_tokens_decoder"] = .object(decoder) }
    return .object(members)
  }

  /// The added tokens that a SentencePiece model cannot tell from its own pieces.
  private static func addedTokensDecoder(_ kept: KeptTokenizer) throws(ModelError)
    -> [String: JSONValue]
  {
    guard kept.kind == .llama else { return [:] }
    var members: [String: JSONValue] = [:]
    for token in try kept.addedTokens()
    where kept.list.types[token.id] != .unknown
      && (!token.isSpecial || kept.list.scores[token.id] == -1000)
    {
      members[String(token.id)] = .object([
        "content": .string(token.content), "single_word": .bool(false), "lstrip": .bool(false),
        "rstrip": .bool(false), "normalized": .bool(false), "special": .bool(token.isSpecial),
      ])
    }
    return members
  }

  /// What goes around each text; nil if nothing does.
  static func postProcessor(
    _ kept: KeptTokenizer, first: Int?, last: Int?, between: [Int] = []
  ) -> JSONValue? {
    guard first != nil || last != nil else { return nil }
    func special(_ id: Int, _ type: Int) -> JSONValue {
      .object([
        "SpecialToken": .object([
          "id": .string(kept.list.texts[id]), "type_id": .integer(type),
        ])
      ])
    }
    func text(_ name: String, _ type: Int) -> JSONValue {
      .object(["Sequence": .object(["id": .string(name), "type_id": .integer(type)])])
    }
    let begin = first.map { [special($0, 0)] } ?? []
    let end = last.map { [special($0, 0)] } ?? []
    let secondEnd = last.map { [special($0, 1)] } ?? []
    var specials: [String: JSONValue] = [:]
    for id in [first, last].compactMap({ $0 }) + between {
      let text = JSONValue.string(kept.list.texts[id])
      specials[kept.list.texts[id]] = .object([
        "id": text, "ids": .array([.integer(id)]), "tokens": .array([text]),
      ])
    }
    return .object([
      "type": .string("TemplateProcessing"),
      "single": .array(begin + [text("A", 0)] + end),
      "pair": .array(
        begin + [text("A", 0)] + end + between.map { special($0, 0) } + [text("B", 1)]
          + secondEnd),
      "special_tokens": .object(specials),
    ])
  }
}
