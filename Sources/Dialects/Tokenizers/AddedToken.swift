internal import Tensors

/// One entry of `added_tokens` in tokenizer.json or of `added_tokens_decoder` in
/// tokenizer_config.json: a text that is found before the model sees the rest.
struct AddedToken: Equatable {
  var id: Int
  var content: String
  var isSpecial = false
  var isNormalized = true

  /// Reads an entry; `id` is given where it is the key. Throws `malformed` (`added-token`).
  init(_ value: JSONValue, id: Int? = nil) throws(ModelError) {
    guard let id = id ?? value["id"]?.integer, id >= 0, let content = value["content"]?.string
    else {
      throw ModelError(
        .malformed, "added-token",
        "an added token needs an id of at least 0 and a content: \(value.excerpt)")
    }
    self.id = id
    self.content = content
    isSpecial = value["special"] == .bool(true)
    isNormalized = value["normalized"] == .bool(true)
  }

  init(id: Int, content: String, isSpecial: Bool, isNormalized: Bool = false) {
    self.id = id
    self.content = content
    self.isSpecial = isSpecial
    self.isNormalized = isNormalized
  }

  /// Whether llama.cpp should treat it as a control token: some models forget to say so.
  var looksSpecial: Bool {
    isSpecial || ["<pad>", "<mask>", "<2mass>", "[@BOS@]"].contains { content.isExactly($0) }
      || content.begins(with: "<|") && content.ends(with: "|>")
      || content.begins(with: "<｜") && content.ends(with: "｜>")
      || content.begins(with: "<unused") && content.ends(with: ">")
  }

  /// Whether the text is split off before spaces are escaped, so that its own must be spaces.
  var textWithSpaces: String { content.replacing("\u{2581}", by: " ") }
}

extension JSONValue {
  /// The first characters of the text, for messages.
  var excerpt: String { String(compactText.prefix(200)) }
}
