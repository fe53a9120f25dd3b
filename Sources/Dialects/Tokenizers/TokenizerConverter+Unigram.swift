internal import Tensors

extension TokenizerConverter {
  /// T5's SentencePiece model.
  mutating func convertT5(_ model: SentencePieceModel) throws(ModelError) {
    var list = try TokenList(padded: source.tokenCount() ?? model.pieces.count, score: -10000)
    place(model, in: &list)
    for token in try source.addedTokensFile() {
      add(token, to: &list, text: token.content, type: .userDefined)
    }
    try list.checkUnique()
    set(list, model: "t5", pre: "default")
    setSpaces(prefix: model.addsDummyPrefix, merged: model.removesExtraSpaces, typed: false)
    setCharsmap(model.charsmap)
    try finish(try source.json(keepsVocabulary: false))
  }

  /// XLM-RoBERTa's SentencePiece model, whose ids that model's tokenizer shifts.
  mutating func convertXLMRoberta(_ model: SentencePieceModel) throws(ModelError) {
    guard model.algorithm == .unigram, model.pieces.count >= 4 else {
      throw ModelError(
        .unsupported, "tokenizer-kind", "a SentencePiece model of BERT's must be Unigram",
        file: "sentencepiece.bpe.model")
    }
    let count = max(try source.tokenCount() ?? 0, model.pieces.count)
    var list = try TokenList(padded: count, score: -10000)
    place(model, in: &list)
    list.texts = ["<s>", "<pad>", "</s>", "<unk>"] + list.texts[3..<(count - 1)]
    list.scores = [0, 0, 0, 0] + list.scores[3..<(count - 1)]
    list.types = [.control, .control, .control, .unknown] + list.types[3..<(count - 1)]
    if source.architecture == "nomic-bert-moe", list.count > 250_001 {
      list.set(250_001, "<mask>", .control, score: 0)
    }
    try list.checkUnique()
    set(list, model: "t5", pre: "default")
    setSpaces(prefix: model.addsDummyPrefix, merged: model.removesExtraSpaces, typed: true)
    setCharsmap(model.charsmap)
    try finish(try source.json(keepsVocabulary: false))
  }

  /// A Unigram tokenizer.json.
  mutating func convertUnigram(_ json: TokenizerJSON) throws(ModelError) {
    let added = try json.addedTokens + source.configuredTokens()
    let count = max(try source.tokenCount() ?? 0, try json.idBound(added))
    var known: [TokenText: Int] = [:]
    var list = try json.list(count: count, score: -10000, known: &known)
    for (id, score) in zip(json.ids, json.scores) { list.scores[id] = Float(score) }
    for token in added {
      list.set(
        token.id, token.content, token.isSpecial ? .control : .userDefined,
        score: token.id < json.scores.count ? nil : 0)
    }
    let unknown = json.model["unk_id"]?.integer
    if let unknown, list.types.indices.contains(unknown) { list.types[unknown] = .unknown }
    try list.checkUnique()
    set(list, model: "t5", pre: "default")
    setSpaces(prefix: json.addsSpacePrefix, merged: json.mergesSpaces, typed: source.isBERT)
    setCharsmap(try json.charsmap())
    try finish(json)
    if let unknown, list.types.indices.contains(unknown),
      metadata["tokenizer.ggml.unknown_token_id"] == nil
    {
      metadata.set("tokenizer.ggml.unknown_token_id", .uint32(UInt32(unknown)))
    }
  }

  private mutating func setSpaces(prefix: Bool, merged: Bool, typed: Bool) {
    metadata.set(TokenizerKeys.addSpacePrefix, .bool(prefix))
    if typed { setTypeCount() }
    metadata.set(TokenizerKeys.removeExtraSpaces, .bool(merged))
  }

  private mutating func setCharsmap(_ bytes: [UInt8]) {
    if !bytes.isEmpty { metadata.set(TokenizerKeys.charsmap, .array(.uint8(bytes))) }
  }
}

extension TokenizerJSON {
  /// Whether runs of spaces count as one.
  var mergesSpaces: Bool {
    let steps = preTokenizer?["pretokenizers"]?.array ?? preTokenizer.map { [$0] } ?? []
    let parts = normalizer?["normalizers"]?.array ?? normalizer.map { [$0] } ?? []
    return steps.contains { $0["type"]?.string == "WhitespaceSplit" }
      || parts.contains { $0["pattern"]?["Regex"]?.string == " {2,}" }
  }

  /// SentencePiece's table of replaced characters; empty if there is none.
  ///
  /// Throws `malformed` (`base64`).
  func charsmap() throws(ModelError) -> [UInt8] {
    let parts = normalizer?["normalizers"]?.array ?? normalizer.map { [$0] } ?? []
    guard
      let text = parts.first(where: { $0["type"]?.string == "Precompiled" })?[
        "precompiled_charsmap"]?.string
    else { return [] }
    guard let bytes = Base64.bytes(text) else {
      throw ModelError(
        .malformed, "base64", "precompiled_charsmap is no base64", file: Self.fileName)
    }
    return bytes
  }
}

/// Base64 with `+`, `/` and padding (RFC 4648, section 4).
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The bytes; nil if `text` is no base64.
  static func bytes(_ text: String) -> [UInt8]? {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    var padding = 0
    for character in text.utf8 {
      if character == UInt8(ascii: "=") {
        padding += 1
      } else {
        let value = values[Int(character)]
        guard value < 64, padding == 0 else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 1
        if count % 4 == 0 {
          bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        }
      }
    }
    switch (count % 4, padding) {
    case (0, 0): break
    case (2, 2): bytes.append(UInt8(bits >> 4 & 255))
    case (3, 1): bytes += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
    default: return nil
    }
    return bytes
  }

  static func text(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count / 3 * 4 + 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let bits = part.reduce(0) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(part.count)))
      for place in 0..<4 {
        text.append(
          place <= part.count
            ? alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
