internal import Tensors

extension TokenizerConverter {
  /// A SentencePiece model of the BPE kind.
  mutating func convertSentencePiece(_ model: SentencePieceModel) throws(ModelError) {
    var list = try TokenList(
      padded: source.tokenCount() ?? model.pieces.count, score: -10000)
    place(model, in: &list)
    for token in try source.addedTokensFile() {
      add(token, to: &list, text: token.content, type: .userDefined)
    }
    let json = try source.json(keepsVocabulary: false)
    if source.architecture == "phi3" {
      for token in try source.configuredTokens() + (json?.addedTokens ?? []) {
        add(
          token, to: &list, text: token.content, type: token.isSpecial ? .control : .userDefined)
      }
    } else {
      for token in try source.configuredTokens() {
        let isControl = token.looksSpecial
        add(
          token, to: &list, text: isControl ? token.content : token.textWithSpaces,
          type: isControl ? .control : .userDefined)
      }
    }
    if source.architecture == "llama" { setSpacePrefix() }
    try list.checkUnique()
    set(list, model: "llama", pre: "default")
    try finish(json)
  }

  /// BPE with bytes for what is no token, without its SentencePiece model: the scores, which
  /// llama.cpp merges by, come from the order of the merges.
  mutating func convertByteFallback(_ json: TokenizerJSON) throws(ModelError) {
    let added = try json.addedTokens + source.configuredTokens()
    let count = try tokenCount(json, added)
    var known: [TokenText: Int] = [:]
    var list = try json.list(count: count, score: -10000, known: &known)
    for (id, score) in try json.scores(known) { list.scores[id] = score }
    for id in list.texts.indices where list.texts[id].isByteToken { list.types[id] = .byte }
    for id in list.texts.indices where list.types[id] == .byte { list.scores[id] = 0 }
    for token in added {
      let isControl = token.looksSpecial
      add(
        token, to: &list, text: isControl ? token.content : token.textWithSpaces,
        type: isControl ? .control : .userDefined)
    }
    if let unknown = json.model["unk_token"]?.string, let id = known[TokenText(unknown)] {
      list.types[id] = .unknown
    }
    if source.architecture == "llama" { setSpacePrefix() }
    if metadata[TokenizerKeys.addSpacePrefix] == nil, !source.isGemma, !json.addsSpacePrefix {
      metadata.set(TokenizerKeys.addSpacePrefix, .bool(false))
    }
    try list.checkUnique()
    set(list, model: "llama", pre: "default")
    try finish(json)
  }

  /// Puts the pieces into their places; those beyond the list are left out with a note.
  mutating func place(_ model: SentencePieceModel, in list: inout TokenList) {
    for (id, piece) in model.pieces.enumerated() {
      guard id < list.count else {
        notes.append("tokens from \(id) on are left out: the model has \(list.count)")
        return
      }
      list.set(id, piece.text, SentencePieceModel.converted(piece.type), score: piece.score)
    }
  }

  mutating func add(
    _ token: AddedToken, to list: inout TokenList, text: String, type: TokenType
  ) {
    guard token.id < list.count else {
      notes.append("token \(token.id) is left out: the model has \(list.count)")
      return
    }
    list.set(token.id, text, type, score: -1000)
  }
}

extension TokenList {
  /// Throws `malformed` (`duplicate-token`): llama.cpp stops at a text with two ids.
  func checkUnique() throws(ModelError) {
    var known: [TokenText: Int] = [:]
    known.reserveCapacity(count)
    for (id, text) in texts.enumerated() {
      if let other = known.updateValue(id, forKey: TokenText(text)) {
        throw ModelError(
          .malformed, "duplicate-token", "\"\(text.prefix(100))\" has the ids \(other) and \(id)")
      }
    }
  }
}

extension String {
  /// `<0x00>` to `<0xFF>`.
  var isByteToken: Bool {
    let bytes = Array(utf8.prefix(7))
    return bytes.count == 6 && begins(with: "<0x") && bytes[5] == 0x3E
      && bytes[3...4].allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
  }
}

extension TokenizerJSON {
  /// The scores of the tokens that merges make. If their ids rise with the ranks, as in every
  /// vocabulary that SentencePiece trained, they are what it wrote: 0, -1, -2… from the first
  /// token after the bytes on, tokens without merges included. Else they are the first ranks.
  ///
  /// Throws `malformed` (`merge-unknown-token`).
  func scores(_ known: [TokenText: Int]) throws(ModelError) -> [(id: Int, score: Float)] {
    var made: [(id: Int, score: Float)] = []
    var isMade = Set<Int>()
    var rises = true
    for (rank, merge) in merges.enumerated() {
      guard known[TokenText(merge.left)] != nil, known[TokenText(merge.right)] != nil,
        let id = known[TokenText(merge.left + merge.right)]
      else {
        throw ModelError(
          .malformed, "merge-unknown-token",
          "the merge of \"\(merge.left.prefix(100))\" and \"\(merge.right.prefix(100))\" names or "
            + "makes a token that does not exist", file: Self.fileName)
      }
      rises = rises && id >= made.last?.id ?? 0
      if isMade.insert(id).inserted { made.append((id, -Float(rank))) }
    }
    guard rises, let first = made.first?.id else { return made + rest(isMade, Float(merges.count)) }
    return ids.filter { $0 >= first }.map { ($0, -Float($0 - first)) }
  }

  private func rest(_ made: Set<Int>, _ below: Float) -> [(id: Int, score: Float)] {
    ids.filter { !made.contains($0) }.map { ($0, -below) }
  }

  /// Whether a space goes before the text.
  var addsSpacePrefix: Bool {
    let parts = normalizer?["normalizers"]?.array ?? normalizer.map { [$0] } ?? []
    if parts.contains(where: { $0["type"]?.string == "Prepend" }) { return true }
    let steps = preTokenizer?["pretokenizers"]?.array ?? preTokenizer.map { [$0] } ?? []
    return steps.contains { step in
      step["type"]?.string == "Metaspace"
        && (step["prepend_scheme"]?.string
          ?? (step["add_prefix_space"] == .bool(false)
            ? "never" : "always"))
          != "never"
    }
  }
}
