internal import Tensors

extension TokenizerFiles {
  /// BPE on bytes.
  static func bpe(_ kept: KeptTokenizer) throws(ModelError) -> [UInt8] {
    guard let pre = kept.preTokenizer else {
      throw ModelError(
        .unsupported, "pre-tokenizer-unknown",
        "the definition of llama.cpp's pre-tokenizer \"\(kept.pre?.prefix(100) ?? "")\" is not "
          + "known here")
    }
    let vocabulary = kept.vocabulary
    try kept.checkMerges(vocabulary)
    return TokenizerJSONText(
      addedTokens: try kept.addedTokens().map {
        var token = $0
        // Else the way there takes the text for bytes; without a normalizer nothing else changes.
        token.isNormalized = !ByteCharacters.text($0.content).isExactly($0.content)
        return token
      }, normalizer: nil, preTokenizer: try pre.steps.json(),
      postProcessor: try addedEnds(kept),
      decoder: .object([
        "type": .string("ByteLevel"), "add_prefix_space": .bool(false),
        "trim_offsets": .bool(true), "use_regex": .bool(true),
      ]),
      model: bpeModel(unknown: nil, byteFallback: false, ignoresMerges: pre.ignoresMerges),
      vocabulary: vocabulary, merges: kept.merges
    ).bytes
  }

  /// BPE on characters, where spaces are U+2581 and bytes stand for what is no token.
  static func byteFallback(_ kept: KeptTokenizer, merges: [String]) throws(ModelError) -> [UInt8] {
    let prefixes = kept.flag(TokenizerKeys.addSpacePrefix) ?? (kept.kind == .llama)
    let vocabulary = kept.vocabulary
    if kept.kind == .gemma4 { try kept.checkMerges(vocabulary) }
    let escape = JSONValue.object([
      "type": .string("Replace"), "pattern": .object(["String": .string(" ")]),
      "content": .string("\u{2581}"),
    ])
    let prepend = JSONValue.object(["type": .string("Prepend"), "prepend": .string("\u{2581}")])
    var decoders: [JSONValue] = [
      .object([
        "type": .string("Replace"), "pattern": .object(["String": .string("\u{2581}")]),
        "content": .string(" "),
      ]),
      .object(["type": .string("ByteFallback")]), .object(["type": .string("Fuse")]),
    ]
    if prefixes {
      decoders.append(
        .object([
          "type": .string("Strip"), "content": .string(" "), "start": .integer(1),
          "stop": .integer(0),
        ]))
    }
    let unknown = try kept.id("unk").map { kept.list.texts[$0] }
    return TokenizerJSONText(
      addedTokens: try kept.addedTokens(),
      normalizer: prefixes
        ? .object(["type": .string("Sequence"), "normalizers": .array([prepend, escape])])
        : escape,
      preTokenizer: nil, postProcessor: try addedEnds(kept),
      decoder: .object(["type": .string("Sequence"), "decoders": .array(decoders)]),
      model: bpeModel(
        unknown: unknown, byteFallback: kept.list.texts.contains { $0.isByteToken },
        ignoresMerges: false),
      vocabulary: vocabulary, merges: merges
    ).bytes
  }

  private static func bpeModel(unknown: String?, byteFallback: Bool, ignoresMerges: Bool)
    -> [(name: String, value: JSONValue)]
  {
    [
      ("type", .string("BPE")), ("dropout", .null),
      ("unk_token", unknown.map { .string($0) } ?? .null), ("continuing_subword_prefix", .null),
      ("end_of_word_suffix", .null), ("fuse_unk", .bool(unknown != nil)),
      ("byte_fallback", .bool(byteFallback)), ("ignore_merges", .bool(ignoresMerges)),
    ]
  }

  /// The begin and end that llama.cpp adds.
  static func addedEnds(_ kept: KeptTokenizer) throws(ModelError) -> JSONValue? {
    postProcessor(
      kept, first: kept.adds("bos") ? try kept.id("bos") : nil,
      last: kept.adds("eos") ? try kept.id("eos") : nil)
  }

  /// The SentencePiece model that keeps scores and types; nil for tokenizers without one, or whose
  /// tokens the library would refuse.
  static func sentencePiece(_ kept: KeptTokenizer) throws(ModelError)
    -> (name: String, bytes: [UInt8])?
  {
    let architecture = kept.metadata["general.architecture"]?.string ?? ""
    let isT5 = kept.kind == .t5 && ["t5", "t5encoder"].contains(architecture)
    guard kept.kind == .llama || isT5, let unknown = try kept.id("unk"),
      !kept.list.texts.contains("")
    else { return nil }
    var model = SentencePieceModel()
    model.algorithm = isT5 ? .unigram : .bpe
    model.addsDummyPrefix = kept.flag(TokenizerKeys.addSpacePrefix) ?? !isT5
    model.removesExtraSpaces = kept.flag(TokenizerKeys.removeExtraSpaces) ?? false
    if case .array(.uint8(let charsmap))? = kept.metadata[TokenizerKeys.charsmap] {
      model.charsmap = charsmap
    }
    for id in kept.list.texts.indices {
      var type = kept.list.types[id]
      // There is one unknown token, and what is said of a token must be one of six things.
      if id == unknown { type = .unknown } else if type == .unknown { type = .control }
      if type == .undefined { type = .normal }
      model.pieces.append(.init(text: kept.list.texts[id], score: kept.list.scores[id], type: type))
    }
    return (isT5 ? "spiece.model" : "tokenizer.model", model.bytes)
  }
}

extension KeptTokenizer {
  /// Each token with its id, without fillers.
  var vocabulary: [(text: String, id: Int)] {
    list.texts.indices.compactMap { list.isPadding($0) ? nil : (list.texts[$0], $0) }
  }

  /// Throws `malformed` (`merge-malformed`, `merge-unknown-token`).
  func checkMerges(_ vocabulary: [(text: String, id: Int)]) throws(ModelError) {
    let known = Set(vocabulary.map { TokenText($0.text) })
    for merge in merges {
      let (left, right) = MergeText.parts(merge)
      guard !left.isEmpty, !right.isEmpty else {
        throw ModelError(
          .malformed, "merge-malformed", "\"\(merge.prefix(100))\" is no pair of tokens")
      }
      for part in [left, right, left + right] where !known.contains(TokenText(part)) {
        throw ModelError(
          .malformed, "merge-unknown-token",
          "the merge \"\(merge.prefix(100))\" needs the token \"\(part.prefix(100))\", which does "
            + "not exist")
      }
    }
  }

  /// The merges that give what merging by scores gives: each way to make a token of two, best
  /// score first, then the longer parts first, as transformers' converter of SentencePiece orders
  /// them.
  func mergesByScore() -> [String] {
    var ids: [TokenText: Int] = [:]
    for id in list.texts.indices where list.types[id] == .normal {
      ids[TokenText(list.texts[id])] = id
    }
    var merges: [(id: Int, left: Int, text: String)] = []
    for id in list.texts.indices where list.types[id] == .normal {
      let scalars = Array(list.texts[id].unicodeScalars)
      guard scalars.count > 1, scalars.count < 512 else { continue }
      for split in 1..<scalars.count {
        var left = String.UnicodeScalarView()
        left.append(contentsOf: scalars[..<split])
        var right = String.UnicodeScalarView()
        right.append(contentsOf: scalars[split...])
        guard ids[TokenText(String(left))] != nil, ids[TokenText(String(right))] != nil else {
          continue
        }
        merges.append((id, split, String(left) + " " + String(right)))
      }
    }
    let order = merges.indices.sorted { a, b in
      let (first, second) = (merges[a], merges[b])
      let (x, y) = (list.scores[first.id], list.scores[second.id])
      if x != y { return x > y }
      if first.left != second.left { return first.left > second.left }
      return a < b
    }
    return order.map { merges[$0].text }
  }
}
