internal import Tensors

extension TokenizerConverter {
  /// BERT's kind. llama.cpp marks the first part of a word (U+2581) where BERT marks the others.
  mutating func convertWordPiece(_ json: TokenizerJSON) throws(ModelError) {
    let prefix = json.model["continuing_subword_prefix"]?.string ?? "##"
    guard prefix == "##" else {
      throw ModelError(
        .unsupported, "tokenizer-kind",
        "llama.cpp knows WordPiece with the prefix ##, not \"\(prefix.prefix(20))\"",
        file: TokenizerJSON.fileName)
    }
    var known: [TokenText: Int] = [:]
    var list = try list(json, known: &known)
    for id in list.texts.indices where list.types[id] != .control {
      let text = list.texts[id]
      list.texts[id] = text.begins(with: "##") ? text.dropping(2) : "\u{2581}" + text
    }
    try list.checkUnique()
    setTypeCount()
    // llama.cpp has one WordPiece; this is what convert_hf_to_gguf calls BERT's own vocabulary.
    set(list, model: "bert", pre: preTokenizer ?? "jina-v2-en")
    try finish(json)
  }
}
