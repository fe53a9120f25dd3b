internal import Tensors

extension TokenizerConverter {
  /// Tokens that llama.cpp shows always, so that its parser of chats can read them.
  private static let visible = [
    "<|channel>", "<channel|>", "<|tool_call>", "<tool_call|>", "<|tool_response>",
    "<tool_response|>", "<|\"|>",
  ]

  /// Gemma 4's kind: merges on characters, bytes for what is no token. The scores mean nothing.
  mutating func convertGemma4(_ json: TokenizerJSON) throws(ModelError) {
    let added = try json.addedTokens + source.configuredTokens()
    let count = try tokenCount(json, added)
    var known: [TokenText: Int] = [:]
    var list = try json.list(count: count, score: -1000, known: &known)
    for id in list.texts.indices where list.texts[id].isByteToken { list.types[id] = .byte }
    for token in added {
      let type: TokenType =
        token.isSpecial ? .control : known[TokenText(token.content)] == nil ? .userDefined : .normal
      add(token, to: &list, text: token.content, type: type)
    }
    for text in TokenizerConverter.visible {
      if let id = list.texts.firstIndex(where: { $0.isExactly(text) }) {
        list.types[id] = .userDefined
      }
    }
    try list.checkUnique()
    let merges = try json.checkedMerges(known)
    set(list, model: "gemma4", pre: nil)
    try finish(json, merges: merges)
    metadata.set(TokenizerKeys.addSpacePrefix, .bool(false))
    metadata.set("tokenizer.ggml.add_bos_token", .bool(true))
  }
}
