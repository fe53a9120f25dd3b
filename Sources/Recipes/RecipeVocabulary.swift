public import Tensors

/// The words a recipe may use.
public struct RecipeVocabulary: Sendable, Hashable {
  /// The types that a recipe may name.
  public var encodings: [ElementType]
  /// The names of methods, such as `nearest`.
  public var methods: [String]

  /// Creates a vocabulary; by default of every encoding that weights can be stored in. Whether the
  /// program can encode each of them is not asked here: a recipe for IQ2_XXS can be planned and
  /// compared, and a conversion by it is refused, with the tensor's name.
  public init(
    encodings: [ElementType] = RecipeVocabulary.storedEncodings, methods: [String]
  ) {
    self.encodings = encodings
    self.methods = methods
  }

  /// What weights are stored in: all types that hold them but `Q8_1` and `Q8_K`, which ggml makes
  /// only of activations, while a model runs.
  public static let storedEncodings = ElementType.allCases.filter {
    $0.holdsWeights && $0 != .Q8_1 && $0 != .Q8_K
  }

  /// The encoding with this name, whatever its case: people type `q8_0`.
  ///
  /// Throws `invalidArgument`: `unknown-encoding` if no specification has the name,
  /// `encoding-not-writable` if weights are not stored in it.
  public func encoding(named name: String) throws(ModelError) -> ElementType {
    let known = encodings.map(\.rawValue).joined(separator: ", ")
    let lowered = name.lowercased()
    guard let type = ElementType.allCases.first(where: { $0.rawValue.lowercased() == lowered })
    else {
      throw ModelError(
        .invalidArgument, "unknown-encoding",
        "no encoding is called \"\(name)\"; there are \(known)")
    }
    guard encodings.contains(type) else {
      throw ModelError(
        .invalidArgument, "encoding-not-writable",
        "weights are not stored as \(type.rawValue), only as \(known)")
    }
    return type
  }

  /// Checks a method's name; throws `invalidArgument` (`unknown-method`).
  public func method(named name: String) throws(ModelError) -> String {
    guard methods.contains(name) else {
      throw ModelError(
        .invalidArgument, "unknown-method",
        "no method is called \"\(name)\"; there are \(methods.joined(separator: ", "))")
    }
    return name
  }
}
