public import Tensors

/// What the flags that people know from llama-quantize change in a recipe.
public struct RecipeOverrides: Sendable, Hashable {
  /// One `--tensor-type REGEX=TYPE`.
  public struct TensorType: Sendable, Hashable {
    /// Searched for in the name, case and all.
    public var pattern: NamePattern
    /// What the tensors become.
    public var type: ElementType
    /// The flag as typed, for messages and manifests.
    public var origin: String

    /// Parses `REGEX=TYPE`, split at the first `=` as llama-quantize does: a pattern with a `=` in
    /// it needs a recipe file. The pattern keeps its case; llama-quantize lowers it, so that `\D`
    /// comes to mean `\d`.
    ///
    /// Throws `invalidArgument`: `bad-tensor-type` without `=`, pattern or type; `bad-pattern`;
    /// `unknown-encoding`.
    public init(_ text: String, vocabulary: RecipeVocabulary) throws(ModelError) {
      guard let separator = text.firstIndex(of: "="), separator != text.startIndex,
        text.index(after: separator) != text.endIndex
      else {
        throw ModelError(
          .invalidArgument, "bad-tensor-type", "\"\(text)\" is not of the form REGEX=TYPE")
      }
      pattern = try NamePattern("re:" + text[..<separator])
      type = try vocabulary.encoding(named: String(text[text.index(after: separator)...]))
      origin = "--tensor-type '\(text)'"
    }
  }

  /// `--tensor-type` and the lines of `--tensor-type-file`, in order; the first match counts.
  public var tensorTypes: [TensorType] = []
  /// `--token-embedding-type`: for token embeddings, tied ones included.
  public var tokenEmbeddingType: ElementType?
  /// `--output-tensor-type`: for the output tensor, or the tied token embedding.
  public var outputTensorType: ElementType?
  /// `--leave-output-tensor`: the output tensor is kept; no effect on a tied token embedding.
  public var leavesOutputTensor = false
  /// `--pure`: every tensor that is not kept gets the recipe's default encoding. Fallbacks and the
  /// other overrides still apply.
  public var isPure = false
  /// `--method`: for the rules that name none.
  public var method: String?
  /// `--allow-requantize`.
  public var allowsRequantization = false

  /// Creates overrides that change nothing.
  public init() {}

  /// Parses the text of a `--tensor-type-file`: `REGEX=TYPE` entries between white space, as
  /// llama-quantize reads it; besides, `#` at the beginning of an entry starts a comment that goes
  /// to the end of the line. Errors are those of `TensorType`, with the line.
  public static func tensorTypes(
    fileText: String, vocabulary: RecipeVocabulary
  ) throws(ModelError) -> [TensorType] {
    var result: [TensorType] = []
    let lines = fileText.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      for entry in line.split(whereSeparator: \.isWhitespace) {
        if entry.first == "#" { break }
        do throws(ModelError) {
          result.append(try TensorType(String(entry), vocabulary: vocabulary))
        } catch {
          var located = error
          located.message = "line \(index + 1): " + error.message
          throw located
        }
      }
    }
    return result
  }
}

extension Recipe {
  /// This recipe as the command line changes it. The order among overrides is llama-quantize's:
  /// token embedding, output tensor, patterns, and the output tensor's type for a tied embedding
  /// last; a per-layer token embedding that a pattern names is the pattern's. Two differences:
  /// patterns count in F32, F16 and BF16 recipes too, and `--pure` leaves an explicit
  /// `--output-tensor-type` alone.
  public func applying(_ changes: RecipeOverrides) -> Recipe {
    var result = self
    if changes.isPure { result.rules.removeAll { $0.encoding != .keep } }
    if changes.leavesOutputTensor {
      var rule = Rule(.keep, origin: "--leave-output-tensor")
      rule.roles = [.output]
      result.rules.insert(rule, at: 0)
    }
    if let method = changes.method { result.fallThrough.method = method }
    result.allowsRequantization = allowsRequantization || changes.allowsRequantization

    var overrides: [Rule] = []
    func add(_ type: ElementType, _ roles: [TensorRole], _ origin: String) {
      var rule = Rule(.type(type), origin: origin)
      rule.roles = roles
      overrides.append(rule)
    }
    if let type = changes.tokenEmbeddingType {
      add(
        type, [.tokenEmbedding, .tiedEmbedding], "--token-embedding-type \(type.rawValue)")
      let perLayer = NamePattern(literal: "per_layer_token_embd.weight")
      let isNamed = changes.tensorTypes.contains { $0.pattern.matches(perLayer.text) }
      overrides[0].except = isNamed ? [perLayer] : []
    }
    if let type = changes.outputTensorType {
      add(type, [.output], "--output-tensor-type \(type.rawValue)")
    }
    for entry in changes.tensorTypes {
      var rule = Rule(.type(entry.type), origin: entry.origin)
      rule.match = [entry.pattern]
      overrides.append(rule)
    }
    if let type = changes.outputTensorType {
      add(type, [.tiedEmbedding], "--output-tensor-type \(type.rawValue)")
    }
    result.overrides = overrides + self.overrides
    return result
  }
}
