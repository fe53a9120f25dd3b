internal import Tensors

/// A `tokenizer.json` of the `tokenizers` library, read without a tree of its vocabulary.
struct TokenizerJSON {
  static let fileName = "tokenizer.json"

  enum Algorithm: String {
    case bpe = "BPE"
    case unigram = "Unigram"
    case wordPiece = "WordPiece"
    case wordLevel = "WordLevel"
  }

  var algorithm = Algorithm.bpe
  /// The tokens of the model and their ids, in file order.
  var tokens: [String] = []
  var ids: [Int] = []
  /// Unigram only: one for each token.
  var scores: [Double] = []
  /// BPE only.
  var merges: [(left: String, right: String)] = []
  /// The members of `model` that are neither `vocab` nor `merges`.
  var model: [String: JSONValue] = [:]
  var addedTokens: [AddedToken] = []
  var normalizer: JSONValue?
  var preTokenizer: JSONValue?
  var postProcessor: JSONValue?
  var decoder: JSONValue?

  /// Reads the file. Without `keepsVocabulary` tokens and merges are checked and dropped.
  ///
  /// Throws `malformed` (`json-syntax`, `json-not-an-integer`, `number-out-of-range`,
  /// `merge-malformed`, `added-token`, `tokenizer-kind`).
  init(_ bytes: [UInt8], keepsVocabulary: Bool = true) throws(ModelError) {
    do throws(ModelError) {
      var scanner = JSONScanner(bytes)
      try read(&scanner, keepsVocabulary)
      try scanner.finish()
    } catch {
      throw error.at(file: TokenizerJSON.fileName)
    }
  }

  private mutating func read(_ scanner: inout JSONScanner, _ keepsVocabulary: Bool)
    throws(ModelError)
  {
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "model": try readModel(&scanner, keepsVocabulary)
      case "added_tokens":
        guard case .array(let entries) = try JSONValue.parse(&scanner) else { continue }
        for entry in entries { addedTokens.append(try AddedToken(entry)) }
      case "normalizer": normalizer = try section(&scanner)
      case "pre_tokenizer": preTokenizer = try section(&scanner)
      case "post_processor": postProcessor = try section(&scanner)
      case "decoder": decoder = try section(&scanner)
      default: try scanner.skipValue()
      }
    }
  }

  private func section(_ scanner: inout JSONScanner) throws(ModelError) -> JSONValue? {
    let value = try JSONValue.parse(&scanner)
    return value == .null ? nil : value
  }

  private mutating func readModel(_ scanner: inout JSONScanner, _ keepsVocabulary: Bool)
    throws(ModelError)
  {
    var hasPieces = false
    var hasMerges = false
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "vocab":
        hasPieces = try scanner.peek() == .array
        if !keepsVocabulary {
          try scanner.skipValue()
        } else if hasPieces {
          try readPieces(&scanner)
        } else {
          try readVocabulary(&scanner)
        }
      case "merges":
        hasMerges = true
        if keepsVocabulary { try readMerges(&scanner) } else { try scanner.skipValue() }
      default: model[key] = try JSONValue.parse(&scanner)
      }
    }
    algorithm = try kind(hasPieces: hasPieces, hasMerges: hasMerges)
  }

  /// Old files do not say which model they hold.
  private func kind(hasPieces: Bool, hasMerges: Bool) throws(ModelError) -> Algorithm {
    guard let name = model["type"]?.string else {
      if hasPieces { return .unigram }
      return hasMerges ? .bpe : model["max_input_chars_per_word"] == nil ? .wordLevel : .wordPiece
    }
    guard let algorithm = Algorithm(rawValue: name), (algorithm == .unigram) == hasPieces else {
      throw ModelError(
        .unsupported, "tokenizer-kind",
        "a model of type \(name) with a vocabulary that is \(hasPieces ? "a list" : "no list") is "
          + "none of BPE, Unigram, WordPiece")
    }
    return algorithm
  }

  private mutating func readVocabulary(_ scanner: inout JSONScanner) throws(ModelError) {
    try scanner.beginObject()
    while let token = try scanner.nextKey() {
      tokens.append(token)
      ids.append(try scanner.nonNegativeInteger())
    }
  }

  private mutating func readPieces(_ scanner: inout JSONScanner) throws(ModelError) {
    try scanner.beginArray()
    while try scanner.nextElement() {
      try scanner.beginArray()
      guard try scanner.nextElement() else { throw scanner.syntax("a piece has no text") }
      let text = try scanner.string()
      guard try scanner.nextElement() else { throw scanner.syntax("a piece has no score") }
      guard let score = Double(try scanner.number()), score.isFinite else {
        throw scanner.syntax("a score is beyond a double")
      }
      guard try !scanner.nextElement() else { throw scanner.syntax("a piece has three members") }
      ids.append(tokens.count)
      tokens.append(text)
      scores.append(score)
    }
  }

  private mutating func readMerges(_ scanner: inout JSONScanner) throws(ModelError) {
    try scanner.beginArray()
    while try scanner.nextElement() {
      if try scanner.peek() == .string {
        let text = try scanner.string()
        let parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw malformedMerge(text, scanner.offset) }
        merges.append(
          (
            String(decoding: parts[0], as: UTF8.self),
            String(decoding: parts[1], as: UTF8.self)
          ))
      } else {
        try scanner.beginArray()
        guard try scanner.nextElement() else { throw malformedMerge("[]", scanner.offset) }
        let left = try scanner.string()
        guard try scanner.nextElement() else { throw malformedMerge(left, scanner.offset) }
        let right = try scanner.string()
        guard try !scanner.nextElement() else { throw malformedMerge(left, scanner.offset) }
        merges.append((left, right))
      }
    }
  }

  private func malformedMerge(_ text: String, _ offset: Int) -> ModelError {
    ModelError(
      .malformed, "merge-malformed", "\"\(text.prefix(100))\" is no pair of tokens",
      offset: UInt64(offset))
  }
}
