public import Tensors

/// Which tensors get which encoding and method: rules, and what holds where no rule matches.
///
/// A recipe is a value without open ends: `extends` is resolved, names are checked, patterns are
/// compiled. It decides one tensor at a time and knows nothing of files.
public struct Recipe: Sendable, Hashable {
  /// What people call it, such as `Q4_0`.
  public var name: String
  /// One line about it; may be empty.
  public var summary: String
  /// The author's own version of the recipe; nil if the file names none.
  public var version: String?
  /// Consulted in order; the first one that matches a tensor decides. Rules of the file itself
  /// come before those of the recipes it extends.
  public var rules: [Rule]
  /// From the command line, consulted in order before `rules`, but never for a tensor that a rule
  /// keeps: `--tensor-type 'attn=Q8_0'` is not meant for `attn_norm.weight`.
  public var overrides: [Rule]
  /// Where no rule matches.
  public var fallThrough: Rule
  /// Whether a tensor that is quantized already may be quantized again. llama-quantize asks for
  /// `--allow-requantize`, because each time costs accuracy.
  public var allowsRequantization: Bool
  /// The fallbacks for one encoding or another, where a rule names none; before `fallback`.
  public var fallbacks: [ElementType: [ElementType]]
  /// Encodings that come out unusable without an importance matrix: where the recipe arrives at one
  /// and there is no matrix, the tensor is refused. Embeddings and outputs are exempt, as in
  /// llama-quantize: no matrix is measured for them.
  public var requiresImportance: Set<ElementType>
  /// What llama.cpp calls the mixture, for `general.file_type`; nil if it has no number for it.
  public var fileType: UInt32?
  /// The file as read, comments included.
  public var sourceText: String

  /// The method where a rule names none.
  public var method: String { fallThrough.method ?? Recipe.defaultMethod }
  /// The fallbacks where neither a rule nor `fallbacks` names any.
  public var fallback: [ElementType] { fallThrough.fallback ?? [] }

  /// What to try, in order, for a tensor of `rule` whose rows are no whole blocks of `wanted`.
  public func fallback(from wanted: ElementType, of rule: Rule) -> [ElementType] {
    rule.fallback ?? fallbacks[wanted] ?? fallback
  }

  /// Rounding to the nearest value that the encoding can hold.
  public static let defaultMethod = "nearest"
}

extension ElementType {
  /// Whether tensors of this type hold weights that a recipe may encode anew: floating point of
  /// 8 bits and more, and ggml's blocks. Integers, truth values, complex numbers, exponents
  /// (`F8_E8M0`) and packed floats below 8 bits are indices, masks or parts of somebody's packing
  /// and stay as they are unless a rule names them as its `source`.
  public var holdsWeights: Bool {
    switch self {
    case .F64, .F32, .F16, .BF16, .F8_E4M3, .F8_E5M2, .F8_E4M3FNUZ, .F8_E5M2FNUZ: true
    default: isQuantized
    }
  }

  /// Whether the type stores blocks with scales: ggml's quantized types.
  public var isQuantized: Bool { blockElementCount > 1 && blocksFollowRows }
}
