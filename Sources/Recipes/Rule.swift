public import Tensors

/// One rule of a recipe: which tensors, and what becomes of them.
///
/// All criteria must hold; one that is empty or nil holds for every tensor.
public struct Rule: Sendable, Hashable {
  /// What a rule does with a tensor.
  public enum Encoding: Sendable, Hashable {
    /// The tensor stays as it is, bit for bit.
    case keep
    /// The tensor is stored as this type.
    case type(ElementType)
  }

  /// At least one of them matches the name. Each change takes time linear in their number.
  public var match: [NamePattern] {
    get { matchIndex.all }
    set { matchIndex = NameIndex(newValue) }
  }
  /// `match`, prepared.
  private(set) var matchIndex = NameIndex()
  /// None of them matches the name.
  public var except: [NamePattern] = []
  /// The tensor has one of these roles.
  public var roles: [TensorRole] = []
  /// Bounds of the rank. Leading extents of 1 do not count, as in ggml (`ggml_n_dims`): a
  /// `[1, 64]` tensor has rank 1.
  public var minimumRank: Int?
  /// See `minimumRank`.
  public var maximumRank: Int?
  /// The tensor is stored as one of these types in the source. If empty, a rule that keeps holds
  /// for all of them, and one that encodes for numbers only (`ElementType.holdsWeights`).
  public var sources: [ElementType] = []

  /// The tensor's role is of one of these kinds.
  public var kinds: [TensorKind] = []
  /// Where the tensor's layer stands among all layers. As llama-quantize counts: with experts by
  /// the number in the name, in dense models by the tensors of the kind that come before it, which
  /// is the same where each layer has one.
  public var layers: RangeCriterion?
  /// Where the tensor stands among those of its kind.
  public var ordinal: OrdinalCriterion?

  /// The model is of one of these architectures, whatever their case.
  public var architectures: [String] = []
  /// The model's size class is this one (`ModelFacts.sizeClass`).
  public var sizeClass: String?
  /// Routed experts of one layer; 0 for dense models.
  public var experts: CountCriterion?
  /// Query heads that share one key and value head.
  public var queriesPerKey: CountCriterion?
  /// Whether an importance matrix is given.
  public var importance: Bool?

  /// What becomes of the tensor.
  public var encoding: Encoding
  /// How the numbers are chosen; nil for the recipe's method.
  public var method: String?
  /// What to try, in order, if rows are no whole blocks of `encoding`; nil for what the recipe says
  /// of that encoding.
  public var fallback: [ElementType]?

  /// Where it was written, such as `Q4_0.yaml rule 2` or `--tensor-type 'attn_v=Q8_0'`.
  public var origin: String

  /// Creates a rule that matches every tensor.
  public init(_ encoding: Encoding, origin: String) {
    self.encoding = encoding
    self.origin = origin
  }
}

extension Rule {
  /// Whether no criterion is set, so that the rule holds for every tensor.
  var isUnconditional: Bool {
    match.isEmpty && except.isEmpty && roles.isEmpty && sources.isEmpty && kinds.isEmpty
      && architectures.isEmpty && minimumRank == nil && maximumRank == nil && layers == nil
      && ordinal == nil && sizeClass == nil && experts == nil && queriesPerKey == nil
      && importance == nil
  }
}
