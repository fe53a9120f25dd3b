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
  /// The file as read, comments included.
  public var sourceText: String

  /// The method where a rule names none.
  public var method: String { fallThrough.method ?? Recipe.defaultMethod }
  /// The fallbacks where a rule names none.
  public var fallback: [ElementType] { fallThrough.fallback ?? [] }

  /// Rounding to the nearest value that the encoding can hold.
  public static let defaultMethod = "nearest"
}

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

  /// At least one of them matches the name.
  public var match: [NamePattern] = []
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

  /// What becomes of the tensor.
  public var encoding: Encoding
  /// How the numbers are chosen; nil for the recipe's method.
  public var method: String?
  /// What to try, in order, if rows are no whole blocks of `encoding`; nil for the recipe's list.
  public var fallback: [ElementType]?

  /// Where it was written, such as `Q4_0.yaml rule 2` or `--tensor-type 'attn_v=Q8_0'`.
  public var origin: String

  /// Creates a rule that matches every tensor.
  public init(_ encoding: Encoding, origin: String) {
    self.encoding = encoding
    self.origin = origin
  }
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
