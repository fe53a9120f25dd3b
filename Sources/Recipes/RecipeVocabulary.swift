public import Tensors

/// The words a recipe may use: what the program that reads it can do.
public struct RecipeVocabulary: Sendable, Hashable {
  /// The types that tensors can be encoded as.
  public var encodings: [ElementType]
  /// The names of methods, such as `nearest`.
  public var methods: [String]

  /// Creates a vocabulary.
  public init(encodings: [ElementType], methods: [String]) {
    self.encodings = encodings
    self.methods = methods
  }

  /// The encoding with this name, whatever its case: people type `q8_0`.
  ///
  /// Throws `invalidArgument`: `unknown-encoding` if no specification has the name,
  /// `encoding-not-writable` if Ingot reads or copies it at most.
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
        "tensors cannot be encoded as \(type.rawValue), only as \(known)")
    }
    return type
  }

  /// Checks a method's name; throws `invalidArgument` (`unknown-method`).
  func method(named name: String) throws(ModelError) -> String {
    guard methods.contains(name) else {
      throw ModelError(
        .invalidArgument, "unknown-method",
        "no method is called \"\(name)\"; there are \(methods.joined(separator: ", "))")
    }
    return name
  }
}
