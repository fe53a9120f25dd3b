public import Tensors

/// Where in a row of layers, or of tensors, one must stand: `first 4`, `first 1/8`,
/// `from 1/8 to 7/8` or `more-bits`.
///
/// Source: the conditions on `i_layer`, `i_attention_wv` and `i_ffn_down` in
/// `llama_tensor_get_type_impl` of llama.cpp's `llama-quant.cpp`, divisions rounded down as there.
public enum RangeCriterion: Sendable, Hashable {
  /// The first so many.
  case first(Int)
  /// From one fraction of the count up to, but not with, another one.
  case span(from: Fraction, to: Fraction)
  /// The first and the last eighth, and of those between every third (`use_more_bits`): layers in
  /// which errors do most harm, and a regular sample of the others.
  case moreBits

  /// A part of a whole, from 0 to 1.
  public struct Fraction: Sendable, Hashable {
    /// At most the denominator.
    public var numerator: Int
    /// From 1 to 1000.
    public var denominator: Int

    /// This part of `count`, rounded down; never overflows.
    public func of(_ count: Int) -> Int {
      let (quotient, rest) = count.quotientAndRemainder(dividingBy: denominator)
      return numerator * quotient + numerator * rest / denominator
    }

    static let none = Fraction(numerator: 0, denominator: 1)
    fileprivate static let firstEighth = Fraction(numerator: 1, denominator: 8)
    fileprivate static let lastEighth = Fraction(numerator: 7, denominator: 8)

    var text: String { numerator == 0 ? "0" : "\(numerator)/\(denominator)" }
  }

  /// Parses a range. Throws `invalidArgument` (`bad-criterion`).
  public init(_ text: String) throws(ModelError) {
    let words = text.split(separator: " ")
    if words.count == 1, words[0] == "more-bits" {
      self = .moreBits
    } else if words.count == 2, words[0] == "first", let count = Int(words[1]), count > 0 {
      self = .first(count)
    } else if words.count == 2, words[0] == "first", let end = Fraction(words[1]) {
      self = .span(from: .none, to: end)
    } else if words.count == 4, words[0] == "from", words[2] == "to",
      let start = Fraction(words[1]), let end = Fraction(words[3])
    {
      self = .span(from: start, to: end)
    } else {
      throw ModelError(
        .invalidArgument, "bad-criterion",
        "\"\(text)\" is no range; there are `first 4`, `first 1/8`, `from 1/8 to 7/8` and "
          + "`more-bits`")
    }
  }

  /// Whether the one at `index` (from 0) is in the range, of `count`.
  public func holds(_ index: Int, of count: Int) -> Bool {
    switch self {
    case .first(let number): return index < number
    case .span(let start, let end): return index >= start.of(count) && index < end.of(count)
    case .moreBits:
      let start = Fraction.firstEighth.of(count)
      return index < start || index >= Fraction.lastEighth.of(count) || (index - start) % 3 == 2
    }
  }

  /// The range as a recipe file may spell it.
  var text: String {
    switch self {
    case .first(let number): "first \(number)"
    case .span(.none, let end): "first \(end.text)"
    case .span(let start, let end): "from \(start.text) to \(end.text)"
    case .moreBits: "more-bits"
    }
  }
}

extension RangeCriterion.Fraction {
  /// Parses `1/8`; nil for anything else.
  fileprivate init?(_ text: Substring) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let numerator = Int(parts[0]), let denominator = Int(parts[1]),
      (1...1000).contains(denominator), (1...denominator).contains(numerator)
    else { return nil }
    self.init(numerator: numerator, denominator: denominator)
  }
}
