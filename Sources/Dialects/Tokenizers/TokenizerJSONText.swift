internal import Tensors

/// A tokenizer.json as it is written, token by token.
struct TokenizerJSONText {
  private(set) var bytes: [UInt8] = []

  /// Writes the whole file. `pieces` go into the vocabulary of Unigram, `vocabulary` into that of
  /// the others.
  init(
    addedTokens: [AddedToken], normalizer: JSONValue?, preTokenizer: JSONValue?,
    postProcessor: JSONValue?, decoder: JSONValue?, model: [(name: String, value: JSONValue)],
    vocabulary: [(text: String, id: Int)] = [], pieces: [(text: String, score: Float)] = [],
    merges: [String]? = nil
  ) {
    append("{\n\"version\":\"1.0\",\n\"truncation\":null,\n\"padding\":null,\n\"added_tokens\":[")
    list(addedTokens) { text, token in
      text.append("{\"id\":\(token.id),\"content\":")
      text.string(token.content)
      text.append(
        ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
          + "\"normalized\":\(token.isNormalized),\"special\":\(token.isSpecial)}")
    }
    append("]")
    for (name, value) in [
      ("normalizer", normalizer), ("pre_tokenizer", preTokenizer),
      ("post_processor", postProcessor), ("decoder", decoder),
    ] {
      append(",\n\"\(name)\":")
      append((value ?? .null).compactText)
    }
    append(",\n\"model\":{\n")
    for (name, value) in model { append("\"\(name)\":\(value.compactText),\n") }
    if pieces.isEmpty {
      append("\"vocab\":{")
      list(vocabulary) { text, token in
        text.string(token.text)
        text.append(":\(token.id)")
      }
      append("}")
    } else {
      append("\"vocab\":[")
      list(pieces) { text, piece in
        text.append("[")
        text.string(piece.text)
        text.append(",\(Double(piece.score))]")
      }
      append("]")
    }
    if let merges { write(merges) }
    append("}}\n")
  }

  /// One text for each merge, as every version of `tokenizers` reads it; pairs if a part has a
  /// space.
  private mutating func write(_ merges: [String]) {
    let areTexts = merges.allSatisfy { text in text.utf8.count { $0 == 0x20 } == 1 }
    append(",\n\"merges\":[")
    list(merges) { text, merge in
      if areTexts { return text.string(merge) }
      let (left, right) = MergeText.parts(merge)
      text.append("[")
      text.string(left)
      text.append(",")
      text.string(right)
      text.append("]")
    }
    append("]")
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func list<Element>(
    _ elements: [Element], _ write: (inout TokenizerJSONText, Element) -> Void
  ) {
    for (index, element) in elements.enumerated() {
      append(index == 0 ? "\n" : ",\n")
      write(&self, element)
    }
  }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        let hex = String(byte, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

/// `left right`, as llama.cpp keeps a merge.
enum MergeText {
  /// The parts as llama.cpp finds them: at the first space after the first byte.
  static func parts(_ text: String) -> (left: String, right: String) {
    let bytes = Array(text.utf8)
    guard let space = bytes.dropFirst().firstIndex(of: 0x20) else { return (text, "") }
    return (
      String(decoding: bytes[..<space], as: UTF8.self),
      String(decoding: bytes[(space + 1)...], as: UTF8.self)
    )
  }
}
