internal import Tensors

/// One architecture: how its tensors and its configuration are called and laid out by Hugging Face
/// and by llama.cpp. It is data, read from a file; the engine of `Translation` applies it in both
/// directions.
struct Architecture: Sendable {
  /// The name of the file, without `.yaml`.
  var name: String
  var summary: String
  /// `architectures` in `config.json`. The first is what comes back.
  var classes: [String]
  /// `model_type` in `config.json`; the first is what comes back.
  var modelTypes: [String]
  /// `general.architecture`.
  var llamaCpp: String
  /// The file that brings llama.cpp's models back; nil if it is this one.
  var returnsAs: String?
  /// Keys of metadata, without the architecture, by which this file and no other of the same
  /// `llamaCpp` is meant; and the tensors: `present`, `absent` or a number.
  var returnConditions: [(key: String, word: String)]
  /// Values of `config.json` that this file is for, where several are for one class.
  var conditions: [ConfigRule.Condition]
  /// Keys of `config.json` that mean nothing.
  var meaningless: Set<String>
  /// Keys of `config.json` that say whether a tensor of llama.cpp is there.
  var flags: [(key: String, tensor: String)]
  /// What transformers assumes where `config.json` is silent, in order.
  var defaults: [(path: String, value: JSONValue?, expression: SizeExpression?)]
  /// Names for sizes, each with expressions over metadata of which the first that has a value counts.
  var sizes: [String: [SizeExpression]]
  var config: [ConfigRule]
  var returns: [ReturnRule]
  /// Values of `config.json` that all models of the architecture have in llama.cpp.
  var constants: [(key: String, value: JSONValue)]
  /// Keys of `config.json` that say nothing of the numbers.
  var ignored: Set<String>
  var spellings: [NameSpelling]
  var tensors: [TensorRule]
  var dropped: [DroppedName]
  /// The same for names of llama.cpp.
  var droppedOnReturn: [DroppedName]
  /// What is made of the configuration.
  var generated: [Generated]
  /// Why blocks beyond the number of blocks are left out; nil if they are an error.
  var extraBlocks: String?
  /// The tensor without which the embedding serves as output; nil if there is no output.
  var outputTensor: String?

  /// A tensor of llama.cpp that is computed.
  struct Generated: Sendable {
    enum Kind: String, Sendable {
      /// Factors for the frequencies of Llama 3.1 and later.
      case llama3Rope = "llama3-rope"
      /// The two lists of factors of Phi 3.
      case longRope = "longrope"
    }
    var kind: Kind
    var reason: String
  }
}
