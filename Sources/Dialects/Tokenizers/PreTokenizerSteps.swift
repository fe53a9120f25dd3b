internal import Tensors

/// What a pre-tokenizer does, as a list of steps in words that a table can hold:
///
/// * `split REGEX`: matches and what lies between them become parts (behaviour Isolated)
/// * `digits`, `digit-runs`: each digit, each run of them is a part
/// * `punctuation BEHAVIOUR`
/// * `bytes`: bytes as GPT-2's characters; `words bytes`: after GPT-2's split into words
/// * anything else: its JSON
struct PreTokenizerSteps: Hashable, Sendable {
  var steps: [String]

  init(_ steps: [String]) { self.steps = steps }

  /// The definition in a tokenizer.json; none is no step.
  init(_ value: JSONValue?) {
    steps = value.map(PreTokenizerSteps.read) ?? []
  }

  private static func read(_ value: JSONValue) -> [String] {
    switch value["type"]?.string {
    case "Sequence": return (value["pretokenizers"]?.array ?? []).flatMap(read)
    case "Digits": return [value["individual_digits"] == .bool(true) ? "digits" : "digit-runs"]
    case "Punctuation": return ["punctuation \(value["behavior"]?.string ?? "Isolated")"]
    case "ByteLevel" where value["add_prefix_space"] != .bool(true):
      return [value["use_regex"] == .bool(false) ? "bytes" : "words bytes"]
    case "Split":
      // Removing what does not match is the same where something matches everywhere, as it does
      // in each expression of the catalog that is written so.
      let isolated = value["behavior"]?.string == "Isolated" && value["invert"] != .bool(true)
      let removed = value["behavior"]?.string == "Removed" && value["invert"] == .bool(true)
      guard let regex = value["pattern"]?["Regex"]?.string,
        isolated || removed && regex.ends(with: "\\s+")
      else { return [value.compactText] }
      return ["split " + spelled(regex)]
    default: return [value.compactText]
    }
  }

  /// Line ends are written raw in some files and as escapes in others.
  private static func spelled(_ regex: String) -> String {
    var result = ""
    for scalar in regex.unicodeScalars {
      switch scalar {
      case "\r": result += "\\r"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The definition for a tokenizer.json; nil if there is no step.
  ///
  /// Throws `malformed` (`json-syntax`) for a step that is none.
  func json() throws(ModelError) -> JSONValue? {
    var parts: [JSONValue] = []
    for step in steps { parts.append(try PreTokenizerSteps.json(step)) }
    switch parts.count {
    case 0: return nil
    case 1: return parts[0]
    default: return .object(["type": .string("Sequence"), "pretokenizers": .array(parts)])
    }
  }

  private static func json(_ step: String) throws(ModelError) -> JSONValue {
    switch step {
    case "digits", "digit-runs":
      return .object(["type": .string("Digits"), "individual_digits": .bool(step == "digits")])
    case "bytes", "words bytes":
      return .object([
        "type": .string("ByteLevel"), "add_prefix_space": .bool(false),
        "trim_offsets": .bool(true), "use_regex": .bool(step == "words bytes"),
      ])
    default: break
    }
    if step.begins(with: "punctuation ") {
      return .object([
        "type": .string("Punctuation"),
        "behavior": .string(step.dropping("punctuation ".utf8.count)),
      ])
    }
    if step.begins(with: "split ") {
      return .object([
        "type": .string("Split"), "behavior": .string("Isolated"), "invert": .bool(false),
        "pattern": .object(["Regex": .string(step.dropping("split ".utf8.count))]),
      ])
    }
    return try JSONValue.parse(Array(step.utf8))
  }
}
