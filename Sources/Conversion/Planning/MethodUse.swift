internal import Encodings
internal import Methods
internal import Recipes
internal import Tensors

/// Which method chooses the numbers of which tensor.
///
/// A method that a rule names is meant for the rule's encoding. The recipe's own is for those
/// encodings of a mixture that it can fill; the others are rounded to nearest, as plan and manifest
/// say of each tensor.
struct MethodUse {
  private var used: Set<String> = []
  private var unused: [(method: String, encoding: ElementType, tensor: String)] = []

  /// The name of the method for a tensor that is encoded anew.
  ///
  /// Throws `unsupported` (`method-not-for-encoding`) if a rule names one that cannot do it.
  mutating func name(for decision: Decision, _ tensor: TensorInfo) throws(ModelError) -> String {
    // What cannot be encoded at all is refused elsewhere.
    guard let codec = EncodingTable.named(decision.encoding.rawValue), codec.canEncode,
      let method = MethodTable.named(decision.method), !method.supports(codec)
    else {
      used.insert(decision.method)
      return decision.method
    }
    if decision.isMethodOfRule, decision.fellBackFrom == nil {
      throw MethodUse.error(
        "\(decision.method) (\(decision.rule)) does not choose numbers of "
          + decision.encoding.rawValue, tensor.name)
    }
    unused.append((decision.method, decision.encoding, tensor.name))
    return Nearest.name
  }

  /// Throws `unsupported` (`method-not-for-encoding`) if a method is for no tensor at all.
  func check() throws(ModelError) {
    guard let first = unused.first(where: { !used.contains($0.method) }) else { return }
    var encodings: [String] = []
    for entry in unused where !encodings.contains(entry.encoding.rawValue) {
      encodings.append(entry.encoding.rawValue)
    }
    throw MethodUse.error(
      "\(first.method) does not choose numbers of \(encodings.joined(separator: ", ")), and there is "
        + "nothing else to encode", first.tensor)
  }

  private static func error(_ message: String, _ tensor: String) -> ModelError {
    ModelError(.unsupported, "method-not-for-encoding", message, tensor: tensor)
  }
}
