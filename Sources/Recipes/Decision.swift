public import Tensors

/// What a recipe does with one tensor, and why.
public struct Decision: Sendable, Hashable {
  /// The type in the output; the source's own type if the tensor is kept.
  public var encoding: ElementType
  /// How the numbers are chosen; meaningless where `encoding` is the source's type.
  public var method: String
  /// Whether the rule itself names `method`, so that it is meant for this encoding.
  public var isMethodOfRule = false
  /// Whether a rule (or the nature of the tensor) said to keep it.
  public var isKept: Bool
  /// Who decided, such as `Q4_0.yaml rule 2` or `--tensor-type 'attn_v=Q8_0'`.
  public var rule: String
  /// The encoding that was asked for and did not fit; nil if `encoding` is the one asked for.
  public var fellBackFrom: ElementType?
  /// Why it did not fit; nil likewise.
  public var fallbackReason: String?
  /// Whether the numbers must be chosen by an importance matrix. Without weights for the tensor the
  /// plan can be looked at, and the conversion is refused: `Recipe.refusal(lackingImportance:)`.
  public var needsImportance = false

  /// Creates a decision.
  public init(
    encoding: ElementType, method: String, isKept: Bool, rule: String,
    fellBackFrom: ElementType? = nil, fallbackReason: String? = nil
  ) {
    self.encoding = encoding
    self.method = method
    self.isKept = isKept
    self.rule = rule
    self.fellBackFrom = fellBackFrom
    self.fallbackReason = fallbackReason
  }
}

extension Recipe {
  /// Decides about one tensor.
  ///
  /// 1. The first of `rules` that matches, or else `fallThrough`, is the tensor's rule. If that
  ///    is a rule that keeps, the tensor is kept.
  /// 2. Otherwise the first of `overrides` that matches takes its place.
  /// 3. A type that is no weights' (`ElementType.holdsWeights`) is kept, unless the rule names it
  ///    as its source.
  /// 4. If the rows are no whole blocks of the encoding, the first fallback that fits is taken.
  /// 5. If what came of it needs an importance matrix, the decision says so.
  ///
  /// - Parameters:
  ///   - tensor: The tensor; only name, type and shape count.
  ///   - meaning: What the dialect reads off its name and place.
  ///   - model: What is known of the model as a whole.
  ///   - hasImportance: Whether an importance matrix is given.
  ///   - unfit: Encodings that do not fit this tensor for another reason than its shape, and why.
  ///
  /// Throws `refused`:
  /// - `row-not-whole-blocks` if neither the encoding nor a fallback fits, with those that would;
  /// - `encoding-unfit` likewise for an encoding that is `unfit`;
  /// - `requantize-not-allowed` if the source is quantized, the encoding is another one, and the
  ///   recipe does not allow it. F32 and F64 hold what a block decodes to, and need no permission.
  public func decide(
    _ tensor: TensorInfo, _ meaning: TensorMeaning, of model: ModelFacts = ModelFacts(),
    hasImportance: Bool = false, unfit: [ElementType: String] = [:]
  ) throws(ModelError) -> Decision {
    let subject = Subject(tensor, meaning, model, hasImportance: hasImportance)
    let found = rules.first { $0.matches(subject) }
    let override = found?.encoding == .keep ? nil : overrides.first { $0.matches(subject) }
    let rule = override ?? found ?? fallThrough
    guard case .type(let wanted) = rule.encoding else { return keep(tensor, rule.origin) }
    guard tensor.elementType.holdsWeights || rule.sources.contains(tensor.elementType) else {
      return keep(tensor, "\(tensor.elementType.rawValue) tensors hold no weights")
    }
    var decision = Decision(
      encoding: wanted, method: rule.method ?? method, isKept: false, rule: rule.origin)
    decision.isMethodOfRule = (override ?? found)?.method != nil
    let isUnfit = unfit[wanted] != nil && wanted != tensor.elementType
    if isUnfit || !wanted.fits(tensor.shape) {
      let fallbacks = fallback(from: wanted, of: rule)
      guard let fitting = fallbacks.first(where: { unfit[$0] == nil && $0.fits(tensor.shape) })
      else {
        if isUnfit, let reason = unfit[wanted] {
          throw ModelError.unfit(wanted, tensor, because: reason, rule: rule.origin)
        }
        throw ModelError.misfit(wanted, tensor, rule: rule.origin, fallbacks: fallbacks)
      }
      decision.encoding = fitting
      decision.fellBackFrom = wanted
      decision.fallbackReason = isUnfit ? unfit[wanted] : wanted.misfitReason(tensor.shape)
    }
    decision.needsImportance =
      !meaning.role.isOfVocabulary && tensor.elementType != decision.encoding
      && requiresImportance.contains(decision.encoding)
    try checkRequantization(tensor, decision)
    return decision
  }

  /// Decides about all tensors of a checkpoint, in their order; `meanings` has one for each, and
  /// `unfit` too, unless it is empty.
  ///
  /// Throws what deciding about one throws, for the first tensor that is refused; the message
  /// counts the others with the same reason, so that one run tells how much there is to mend.
  public func decide(
    _ tensors: [TensorInfo], _ meanings: [TensorMeaning], of model: ModelFacts = ModelFacts(),
    hasImportance: Bool = false, unfit: [[ElementType: String]] = []
  ) throws(ModelError) -> [Decision] {
    precondition(unfit.isEmpty || unfit.count == tensors.count, "one for each tensor, or none")
    var decisions: [Decision] = []
    decisions.reserveCapacity(tensors.count)
    var first: ModelError?
    var others = 0
    for (index, (tensor, meaning)) in zip(tensors, meanings).enumerated() {
      do throws(ModelError) {
        decisions.append(
          try decide(
            tensor, meaning, of: model, hasImportance: hasImportance,
            unfit: unfit.isEmpty ? [:] : unfit[index]))
      } catch {
        if first == nil { first = error } else if error.reason == first?.reason { others += 1 }
      }
    }
    guard var error = first else { return decisions }
    if others > 0 { error.message += " (and \(others) more tensors likewise)" }
    throw error
  }

  /// The error for tensors that need weights of an importance matrix and have none; nil if there are
  /// no such tensors. It is `refused` (`importance-required`), names the first eight and counts the
  /// others.
  public func refusal(lackingImportance lacking: [(tensor: String, Decision)]) -> ModelError? {
    guard let first = lacking.first else { return nil }
    let names = lacking.prefix(8).map(\.tensor).joined(separator: ", ")
    let others = lacking.count > 8 ? " and \(lacking.count - 8) more" : ""
    return ModelError(
      .refused, "importance-required",
      "\(first.1.encoding.rawValue) (\(first.1.rule)) is unusable without an importance matrix, "
        + "and none is given that has weights; \(name) needs them for \(names)\(others)",
      tensor: first.tensor)
  }

  private func keep(_ tensor: TensorInfo, _ origin: String) -> Decision {
    Decision(encoding: tensor.elementType, method: method, isKept: true, rule: origin)
  }

  private func checkRequantization(
    _ tensor: TensorInfo, _ decision: Decision
  ) throws(ModelError) {
    let target = decision.encoding
    guard tensor.elementType.isQuantized, target != tensor.elementType, target != .F32,
      target != .F64, !allowsRequantization
    else { return }
    throw ModelError(
      .refused, "requantize-not-allowed",
      "the tensor is \(tensor.elementType.rawValue) already, and \(target.rawValue) "
        + "(\(decision.rule)) would lose accuracy a second time; start from the original model, "
        + "or say --allow-requantize", tensor: tensor.name)
  }
}

extension TensorRole {
  /// Whether the tensor turns tokens into vectors or vectors into tokens.
  fileprivate var isOfVocabulary: Bool {
    self == .tokenEmbedding || self == .tiedEmbedding || self == .output
  }
}
