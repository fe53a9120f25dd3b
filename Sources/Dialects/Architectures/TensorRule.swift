internal import Tensors

/// What becomes of one tensor, in both directions.
struct TensorRule: Sendable {
  /// A packing that is taken apart and put together with its scales.
  enum Packing: String, Sendable {
    /// Blocks of 16 bytes with two E2M1 codes each, and one E8M0 exponent a block in a tensor of its
    /// own, against ggml's MXFP4.
    case mxfp4
  }

  /// The name in Hugging Face checkpoints; with `{e}` there is one tensor for each member of a stack.
  var huggingFace: TensorPattern
  /// The names in llama.cpp's files: several if the tensor is split.
  var llamaCpp: [TensorPattern]
  /// How axes move; nil if they stay.
  var arrangement: Arrangement?
  /// What llama.cpp's numbers are greater by; the tensor is F32 there.
  var addend: Float?
  /// The size that says how many members a stack has.
  var stack: String?
  /// A packing with the name of the tensor that holds its exponents.
  var packing: (kind: Packing, scales: TensorPattern)?
  /// Rows that are left out in front, of `rows` in all: they come back from no file.
  var skippedRows: SizeExpression?
  /// Rows that are kept at most; rows behind them belong to no token.
  var keptRows: SizeExpression?
  /// How many extents it has in Hugging Face: writers of GGUF files leave out those of one in front.
  var rank: Int?
  /// Whether a model may be without.
  var isOptional: Bool
  /// The Hugging Face tensor that takes its place where it is not.
  var unless: TensorPattern?
  /// Whether it stands in front of every tensor that is not.
  var isFirst: Bool
  /// Why a second tensor for the same name is left out; nil if that is an error.
  var repetition: String?
  /// Where the rule stands in its file.
  var line: Int
}

/// A name that is left out, and why.
struct DroppedName: Sendable {
  /// The name, which may begin or end in `*`, or both.
  var pattern: String
  /// Why nothing is lost, or what is.
  var reason: String
  /// Whether every number of the tensor has to be zero.
  var hasToBeZero: Bool

  /// Whether `name` is meant.
  func matches(_ name: String) -> Bool {
    let begins = pattern.hasPrefix("*")
    let ends = pattern.hasSuffix("*")
    let part = pattern.dropFirst(begins ? 1 : 0).dropLast(ends && pattern.count > 1 ? 1 : 0)
    if begins && ends {
      let text = Array(name.utf8)
      let wanted = Array(part.utf8)
      guard text.count >= wanted.count else { return false }
      return (0...(text.count - wanted.count)).contains { text[$0...].starts(with: wanted) }
    }
    if begins { return name.hasSuffix(part) }
    return ends ? name.hasPrefix(part) : name == pattern
  }
}

/// Another spelling of the beginning or the end of Hugging Face names.
struct NameSpelling: Sendable {
  var from: String
  var to: String
  var isPrefix: Bool
}
