internal import Tensors

extension TokenizerConverter {
  /// GPT-2's kind: bytes written as characters, merges by rank.
  mutating func convertBPE(_ json: TokenizerJSON) throws(ModelError) {
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = json.model[name]?.string, !affix.isEmpty {
        throw ModelError(
          .unsupported, "tokenizer-kind",
          "llama.cpp has no BPE whose tokens carry \"\(affix.prefix(20))\" (\(name))",
          file: TokenizerJSON.fileName)
      }
    }
    var known: [TokenText: Int] = [:]
    let list = try self.list(json, known: &known)
    let name = try preTokenizerName(json)
    prepareForArchitecture()
    let merges = try json.checkedMerges(known)
    try list.checkUnique()
    set(list, model: "gpt2", pre: name)
    try finish(json, merges: merges)
  }

  /// The tokens of BPE and WordPiece with the types of the added ones.
  mutating func list(_ json: TokenizerJSON, known: inout [TokenText: Int]) throws(ModelError)
    -> TokenList
  {
    let added = try addedTokens(json)
    let count = try tokenCount(json, added)
    var list = try json.list(count: count, known: &known)
    for token in added {
      try json.check(token.id, token.content, count)
      let text = token.isNormalized ? token.content : json.decoded(token.content)
      if token.looksSpecial {
        list.set(token.id, text, .control)
      } else {
        list.set(token.id, text.replacing("\u{2581}", by: " "), .userDefined)
      }
    }
    return list
  }

  /// Those of tokenizer.json, as tokenizer_config.json completes them.
  private func addedTokens(_ json: TokenizerJSON) throws(ModelError) -> [AddedToken] {
    var added: [TokenText: AddedToken] = [:]
    for token in try json.addedTokens + source.configuredTokens() {
      added[TokenText(token.content)] = token
    }
    let missing = specialTexts().filter { added[TokenText($0)] == nil }
    if !missing.isEmpty {
      let ids = Dictionary(
        zip(json.tokens.map(TokenText.init), json.ids), uniquingKeysWith: { first, _ in first })
      var next = try json.idBound(Array(added.values))
      for text in missing where added[TokenText(text)] == nil {
        let id = ids[TokenText(text)] ?? next
        if id == next { next += 1 }
        added[TokenText(text)] = AddedToken(id: id, content: text, isSpecial: true)
      }
    }
    return added.values.sorted { $0.id < $1.id }
  }

  /// The texts of special tokens in tokenizer_config.json, in a fixed order.
  private func specialTexts() -> [String] {
    let config = source.tokenizerConfig
    let names = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"]
    let single = names.compactMap { config?["\($0)_token"] }
    return (single + (config?["additional_special_tokens"]?.array ?? []))
      .compactMap { $0.string ?? $0["content"]?.string }.filter { !$0.isEmpty }
  }

  private mutating func preTokenizerName(_ json: TokenizerJSON) throws(ModelError) -> String {
    if let preTokenizer {
      notes.append("the pre-tokenizer is \(preTokenizer) as asked; its definition was not compared")
      return preTokenizer
    }
    let found = try PreTokenizer.name(
      of: json, modelType: source.modelType,
      preferring: source.tokenizerConfig?[TokenizerFiles.preTokenizerKey]?.string)
    notes += found.notes
    return found.name
  }

  /// What single model classes of convert_hf_to_gguf write before the vocabulary.
  private mutating func prepareForArchitecture() {
    switch source.architecture {
    case "llama": setSpacePrefix()
    case "eurobert": metadata.set("tokenizer.ggml.add_bos_token", .bool(false))
    case "modern-bert":
      for name in ["bos", "eos", "sep"] {
        metadata.set("tokenizer.ggml.add_\(name)_token", .bool(true))
      }
    default: break
    }
  }

  mutating func setSpacePrefix() {
    if case .bool(let value)? = source.tokenizerConfig?["add_prefix_space"] {
      metadata.set(TokenizerKeys.addSpacePrefix, .bool(value))
    }
  }
}

extension TokenizerJSON {
  /// The merges as llama.cpp's texts `left right`, spaces in them as GPT-2 writes them.
  ///
  /// Throws `malformed` (`merge-unknown-token`) if a part or the whole is no token.
  func checkedMerges(_ known: [TokenText: Int]) throws(ModelError) -> [String] {
    var texts: [String] = []
    texts.reserveCapacity(merges.count)
    for (left, right) in merges {
      for part in [left, right, left + right] where known[TokenText(part)] == nil {
        throw ModelError(
          .malformed, "merge-unknown-token",
          "the merge of \"\(left.prefix(100))\" and \"\(right.prefix(100))\" needs the token "
            + "\"\(part.prefix(200))\", which does not exist", file: Self.fileName)
      }
      texts.append(
        left.replacing(" ", by: "\u{120}") + " " + right.replacing(" ", by: "\u{120}"))
    }
    return texts
  }

  /// The text that decoding the token `text` alone gives.
  func decoded(_ text: String) -> String {
    isByteLevel ? ByteCharacters.text(text) : text
  }
}

/// GPT-2's printable characters for bytes.
enum ByteCharacters {
  /// The text whose bytes `text` spells; `text` itself if a character stands for no byte.
  static func text(_ text: String) -> String {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = byte(scalar) else { return text }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The byte that `scalar` stands for; nil if it stands for none.
  static func byte(_ scalar: UnicodeScalar) -> UInt8? {
    switch scalar.value {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: UInt8(scalar.value)
    case 0x100...0x120: UInt8(scalar.value - 0x100)
    case 0x121...0x142: UInt8(scalar.value - 0x121 + 0x7F)
    case 0x143: 0xAD
    default: nil
    }
  }
}
