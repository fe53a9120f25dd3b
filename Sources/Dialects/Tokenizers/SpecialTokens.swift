internal import Tensors

/// The ids of bos, eos and their kin and whether they are added to each text, found as gguf-py's
/// `SpecialVocab` finds them: in tokenizer_config.json through the added tokens, in the post
/// processor, then in config.json.
struct SpecialTokens {
  private(set) var ids: [(name: String, id: Int)] = []
  private(set) var adds: [(name: String, value: Bool)] = []
  private(set) var notes: [String] = []
  private var names = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"]
  /// The texts that tokenizer_config.json gives, completed from the post processor.
  private var texts: [String: String] = [:]
  private let isConfigured: Bool

  /// `tokenCount` bounds the ids; larger ones are left out with a note.
  ///
  /// Throws `malformed` (`special-token-id`) for negative ids.
  init(
    json: TokenizerJSON?, tokenizerConfig: JSONValue?, config: JSONValue?, tokenCount: Int
  ) throws(ModelError) {
    isConfigured = !(tokenizerConfig?.object ?? [:]).isEmpty
    for (key, value) in tokenizerConfig?.object ?? [:] where key.hasSuffix("_token") {
      texts[String(key.dropLast(6))] = value.string ?? value["content"]?.string
    }
    if let json { read(json.postProcessor) }
    try readTexts(json?.addedTokens ?? [], tokenizerConfig, tokenCount)
    for name in names {
      guard
        let id = (config?["\(name)_token_id"] ?? config?["text_config"]?["\(name)_token_id"])?
          .integer
      else { continue }
      try set(name, id, tokenCount)
    }
  }

  private mutating func readTexts(
    _ added: [AddedToken], _ tokenizerConfig: JSONValue?, _ tokenCount: Int
  ) throws(ModelError) {
    guard isConfigured else { return }
    for name in names {
      if case .bool(let value)? = tokenizerConfig?["add_\(name)_token"] {
        if let known = adds.first(where: { $0.name == name }) {
          if known.value != value {
            notes.append(
              "add_\(name)_token is \(value) in tokenizer_config.json and \(known.value) in the "
                + "post processor, which is taken")
          }
        } else {
          adds.append((name, value))
        }
      }
      guard let text = texts[name],
        let token = added.first(where: { $0.content.isExactly(text) })
      else { continue }
      try set(name, token.id, tokenCount)
    }
  }

  private mutating func set(_ name: String, _ id: Int, _ tokenCount: Int) throws(ModelError) {
    guard id >= 0 else {
      throw ModelError(
        .malformed, "special-token-id", "\(name)_token_id is \(id), expected at least 0")
    }
    guard id < tokenCount else {
      notes.append("\(name)_token_id \(id) is left out: there are \(tokenCount) tokens")
      return
    }
    if !ids.contains(where: { $0.name == name }) { ids.append((name, id)) }
  }

  private mutating func setAdd(_ name: String, _ value: Bool, replacing: Bool = true) {
    if let index = adds.firstIndex(where: { $0.name == name }) {
      if replacing { adds[index].value = value }
    } else {
      adds.append((name, value))
    }
  }

  private mutating func read(_ postProcessor: JSONValue?) {
    if isConfigured {
      texts["bos"] = texts["bos"] ?? texts["cls"]
      texts["eos"] = texts["eos"] ?? texts["sep"]
    }
    guard let postProcessor else { return }
    for processor in postProcessor["processors"]?.array ?? [postProcessor] {
      switch processor["type"]?.string {
      case "ByteLevel":
        setAdd("bos", false, replacing: false)
        setAdd("eos", false, replacing: false)
      case "RobertaProcessing":
        for name in ["bos", "eos", "sep"] { setAdd(name, true) }
        if isConfigured {
          texts["cls"] = texts["cls"] ?? processor["cls"]?.array?.first?.string ?? texts["bos"]
          texts["sep"] = texts["sep"] ?? processor["sep"]?.array?.first?.string ?? texts["eos"]
        }
      case "TemplateProcessing":
        readTemplate(processor["single"]?.array ?? [], processor["pair"]?.array ?? [])
      default: continue
      }
    }
  }

  private func special(_ step: JSONValue?) -> String? { step?["SpecialToken"]?["id"]?.string }

  private mutating func readTemplate(_ single: [JSONValue], _ pair: [JSONValue]) {
    var first: String?
    var last: String?
    if single.count > 1 {
      first = special(single.first)
      last = special(single.last)
    }
    if let first {
      if !isConfigured {
        texts["bos"] = first
      } else if first != texts["bos"], first != texts["cls"] {
        texts["bos"] = texts["bos"] ?? first
        texts["cls"] = texts["cls"] ?? first
      }
      setAdd("bos", first == texts["bos"] || first == texts["cls"])
    }
    if let last {
      if isConfigured, last != texts["eos"] {
        // What tokenizer_config.json calls the end is then the end of a turn or message.
        if let name = ["eot", "eom"].first(where: { !names.contains($0) }) {
          names.append(name)
          texts[name] = texts["eos"]
        }
      }
      texts["eos"] = last
      setAdd("eos", true)
    }
    readPair(pair, first, last)
  }

  /// Whether something stands between the two texts of a pair.
  private mutating func readPair(_ pair: [JSONValue], _ first: String?, _ last: String?) {
    var middle = pair[...]
    if let first, special(middle.first) == first { middle = middle.dropFirst() }
    if let last, special(middle.last) == last { middle = middle.dropLast() }
    guard middle.count > 2, middle.first?["Sequence"]?["id"]?.string == "A",
      middle.last?["Sequence"]?["id"]?.string == "B"
    else { return }
    middle = middle.dropFirst().dropLast()
    let separators = [texts["sep"], texts["eos"]].compactMap { $0 }
    var addsSeparator = false
    if let found = special(middle.first), separators.contains(found), last == nil {
      addsSeparator = true
    }
    if middle.count == 2, let found = special(middle.last), separators.contains(found) {
      addsSeparator = true
    }
    setAdd("sep", addsSeparator)
    if addsSeparator, texts["sep"] == nil, isConfigured { texts["sep"] = texts["eos"] }
  }
}
