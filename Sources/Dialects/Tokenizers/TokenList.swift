internal import Tensors

/// What llama.cpp's `tokenizer.ggml.token_type` says of a token.
enum TokenType: Int32, Sendable {
  case undefined = 0
  case normal = 1
  case unknown = 2
  case control = 3
  case userDefined = 4
  case unused = 5
  case byte = 6
}

/// The tokens by id, as llama.cpp keeps them.
struct TokenList: Equatable {
  /// Tokens that a list may have: the largest real vocabulary has 262,208.
  static let maximumCount = 1 << 22

  var texts: [String]
  var types: [TokenType]
  /// Empty if the kind of tokenizer has none.
  var scores: [Float] = []

  /// A list of `count` places that no token has taken yet: `[PADn]`, as convert_hf_to_gguf names
  /// them. `score` is nil for tokenizers without scores.
  ///
  /// Throws `limitExceeded` (`too-many-tokens`).
  init(padded count: Int, score: Float?) throws(ModelError) {
    try TokenList.check(count)
    texts = (0..<count).map { "[PAD\($0)]" }
    types = Array(repeating: .unused, count: count)
    if let score { scores = Array(repeating: score, count: count) }
  }

  var count: Int { texts.count }

  mutating func set(_ id: Int, _ text: String, _ type: TokenType, score: Float? = nil) {
    texts[id] = text
    types[id] = type
    if let score, !scores.isEmpty { scores[id] = score }
  }

  static func check(_ count: Int) throws(ModelError) {
    guard (0...maximumCount).contains(count) else {
      throw ModelError(
        .limitExceeded, "too-many-tokens",
        "a vocabulary of \(count) tokens is outside 0...\(maximumCount)")
    }
  }

  /// Whether place `id` holds the filler of `init(padded:score:)`.
  func isPadding(_ id: Int) -> Bool { types[id] == .unused && texts[id] == "[PAD\(id)]" }
}
