internal import Tensors

extension TokenizerFiles {
  /// Unigram: T5's and XLM-RoBERTa's.
  static func unigram(_ kept: KeptTokenizer) throws(ModelError) -> [UInt8] {
    var normalizers: [JSONValue] = []
    if case .array(.uint8(let charsmap))? = kept.metadata[TokenizerKeys.charsmap] {
      normalizers.append(
        .object([
          "type": .string("Precompiled"), "precompiled_charsmap": .string(Base64.text(charsmap)),
        ]))
    }
    let prefixes = kept.flag(TokenizerKeys.addSpacePrefix) ?? false
    let metaspace = JSONValue.object([
      "type": .string("Metaspace"), "replacement": .string("\u{2581}"),
      "prepend_scheme": .string(prefixes ? "always" : "never"), "split": .bool(true),
    ])
    let merges = kept.flag(TokenizerKeys.removeExtraSpaces) ?? false
    let first = kept.adds("bos") ? try kept.id("bos") : nil
    let last = kept.adds("eos") ? try kept.id("eos") : nil
    // Fillers at the end come again from the size of the model; others hold their places.
    let count = (kept.list.types.lastIndex { $0 != .unused } ?? -1) + 1
    return TokenizerJSONText(
      addedTokens: try kept.addedTokens(),
      normalizer: normalizers.first,
      preTokenizer: merges
        ? .object([
          "type": .string("Sequence"),
          "pretokenizers": .array([.object(["type": .string("WhitespaceSplit")]), metaspace]),
        ]) : metaspace,
      postProcessor: postProcessor(
        kept, first: first, last: last,
        between: first == nil ? [] : [last].compactMap { $0 }),
      decoder: metaspace,
      model: [
        ("type", .string("Unigram")),
        ("unk_id", try kept.id("unk").map { .integer($0) } ?? .null),
        ("byte_fallback", .bool(false)),
      ],
      pieces: Array(zip(kept.list.texts[..<count], kept.list.scores[..<count]))
    ).bytes
  }

  /// BERT's WordPiece.
  static func wordPiece(_ kept: KeptTokenizer) throws(ModelError) -> [UInt8] {
    var own = kept
    for id in kept.list.texts.indices
    where kept.list.types[id] != .control && !kept.list.isPhantomPadding(id) {
      own.list.texts[id] = kept.list.texts[id].asContinuation
    }
    let unknown = try own.id("unk")
    let strips = kept.flag(TokenizerKeys.stripAccents)
    return TokenizerJSONText(
      addedTokens: try own.addedTokens(),
      normalizer: .object([
        "type": .string("BertNormalizer"), "clean_text": .bool(true),
        "handle_chinese_chars": .bool(true),
        "strip_accents": strips.map { .bool($0) } ?? .null,
        "lowercase": .bool(kept.flag(TokenizerKeys.lowercase) ?? true),
      ]),
      preTokenizer: .object(["type": .string("BertPreTokenizer")]),
      postProcessor: postProcessor(own, first: try own.id("bos"), last: try own.id("sep")),
      decoder: .object([
        "type": .string("WordPiece"), "prefix": .string("##"), "cleanup": .bool(true),
      ]),
      model: [
        ("type", .string("WordPiece")),
        ("unk_token", .string(unknown.map { own.list.texts[$0] } ?? "[UNK]")),
        ("continuing_subword_prefix", .string("##")), ("max_input_chars_per_word", .integer(100)),
      ],
      vocabulary: own.list.texts.indices.compactMap {
        kept.list.isPhantomPadding($0) ? nil : (own.list.texts[$0], $0)
      }
    ).bytes
  }
}

extension TokenList {
  /// Whether place `id` holds a filler that WordPiece's mark stands before.
  fileprivate func isPhantomPadding(_ id: Int) -> Bool {
    types[id] == .unused && (texts[id] == "\u{2581}[PAD\(id)]" || texts[id] == "[PAD\(id)]")
  }
}

extension String {
  /// BERT's spelling of llama.cpp's WordPiece token: marked are continuations, not beginnings.
  fileprivate var asContinuation: String {
    begins(with: "\u{2581}") && utf8.count > 3 ? dropping(3) : "##" + self
  }
}
