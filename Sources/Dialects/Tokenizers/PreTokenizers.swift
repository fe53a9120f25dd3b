internal import Tensors

/// Which of llama.cpp's pre-tokenizers a definition is.
struct PreTokenizer: Sendable {
  /// llama.cpp's name.
  let name: String
  let steps: PreTokenizerSteps
  /// Whether llama.cpp takes a word that is a token as it is, whatever the merges would make.
  let ignoresMerges: Bool
  /// Names with the same split, by the `model_type` of the models that they were made for.
  let namesByModelType: [String: String]
  /// More names with the same split.
  let otherNames: [String]

  init(
    _ name: String, ignoresMerges: Bool = false, _ steps: [String],
    for namesByModelType: [String: String] = [:], alsoCalled otherNames: [String] = []
  ) {
    self.name = name
    self.steps = PreTokenizerSteps(steps)
    self.ignoresMerges = ignoresMerges
    self.namesByModelType = namesByModelType
    self.otherNames = otherNames
  }

  func isCalled(_ other: String) -> Bool {
    name == other || namesByModelType.values.contains(other) || otherNames.contains(other)
  }

  /// The one that llama.cpp knows under `name`; nil if the catalog lacks it.
  static func named(_ name: String) -> PreTokenizer? { catalog.first { $0.isCalled(name) } }

  /// llama.cpp's name for the definition in `json`, and what llama.cpp does otherwise.
  ///
  /// Throws `unsupported` (`pre-tokenizer-unknown`) with the definition and the way out.
  static func name(of json: TokenizerJSON, modelType: String?, preferring preferred: String?)
    throws(ModelError) -> (name: String, notes: [String])
  {
    let steps = PreTokenizerSteps(json.preTokenizer)
    let ignoresMerges = json.model["ignore_merges"] == .bool(true)
    let found = catalog.filter { $0.steps == steps }
    guard let best = found.first(where: { $0.ignoresMerges == ignoresMerges }) ?? found.first,
      isPlain(json.normalizer)
    else {
      let definition = JSONValue.object([
        "normalizer": json.normalizer ?? .null, "pre_tokenizer": json.preTokenizer ?? .null,
      ])
      throw ModelError(
        .unsupported, "pre-tokenizer-unknown",
        "llama.cpp is not known to have this pre-tokenizer: \(definition.compactText.prefix(2000)); "
          + "if it has, name it with --pre-tokenizer NAME")
    }
    var notes: [String] = []
    if json.normalizer != nil {
      notes.append("the tokenizer composes characters (NFC) first; llama.cpp does not")
    }
    if best.ignoresMerges != ignoresMerges {
      notes.append(
        "llama.cpp \(best.ignoresMerges ? "ignores" : "applies") merges for words that are tokens "
          + "under the name \(best.name), the tokenizer does not")
    }
    if let preferred, found.contains(where: { $0.isCalled(preferred) }) {
      return (preferred, notes)
    }
    return (modelType.flatMap { best.namesByModelType[$0] } ?? best.name, notes)
  }

  /// Whether the normalizer is none, or NFC, which changes little and is known to be lost.
  private static func isPlain(_ normalizer: JSONValue?) -> Bool {
    guard let normalizer else { return true }
    let parts = normalizer["normalizers"]?.array ?? [normalizer]
    return parts.allSatisfy { $0["type"]?.string == "NFC" }
  }
}
