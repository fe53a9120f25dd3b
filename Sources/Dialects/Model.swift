public import Tensors

/// A checkpoint as its dialect understands it.
public struct Model: Sendable {
  /// The dialect.
  public var dialect: Dialect
  /// The architecture as the checkpoint spells it, such as `llama` or `LlamaForCausalLM`; nil if
  /// nothing names it.
  public var architecture: String?
  /// One meaning for each tensor of the checkpoint, in its order.
  public var meanings: [TensorMeaning]
  /// Whether there is a token embedding and no output tensor. The embedding then has the role
  /// `tiedEmbedding`. llama.cpp uses the same test (`has_tied_embeddings`), so an encoder without
  /// an output tensor counts as tied as well.
  public var hasTiedEmbeddings: Bool
  /// One more than the highest block number; 0 without blocks.
  public var blockCount: Int
  /// What metadata or `config.json` say of the model as a whole. Where they do not, blocks and
  /// experts are counted by name.
  public var facts: ModelFacts

  /// Reads names and metadata; never fails: what is not understood has the role `other`.
  ///
  /// - Parameters:
  ///   - tensors: All tensors of the checkpoint, every shard included.
  ///   - metadata: The metadata of its container.
  ///   - config: The parsed `config.json` beside the weights, if there is one.
  ///   - dialect: The dialect if it is known; detected otherwise.
  public init(
    tensors: [TensorInfo], metadata: [MetadataEntry], config: JSONValue? = nil,
    dialect: Dialect? = nil
  ) {
    let dialect = dialect ?? Dialect.detect(names: tensors.lazy.map(\.name), metadata: metadata)
    var meanings = tensors.map { dialect.meaning(of: $0.name) }
    let roles = Set(meanings.map(\.role))
    let isTied = roles.contains(.tokenEmbedding) && !roles.contains(.output)
    if isTied {
      for index in meanings.indices where meanings[index].role == .tokenEmbedding {
        meanings[index].role = .tiedEmbedding
      }
    }
    ModelOrder.number(&meanings, tensors, dialect)
    self.dialect = dialect
    self.architecture =
      metadata["general.architecture"]?.string
      ?? config?["architectures"]?.array?.first?.string ?? config?["model_type"]?.string
    self.meanings = meanings
    self.hasTiedEmbeddings = isTied
    // Saturating: a name may claim the block number Int.max.
    func count(_ highest: Int?) -> Int { highest.map { $0 == Int.max ? $0 : $0 + 1 } ?? 0 }
    let blockCount = count(meanings.lazy.compactMap(\.block).max())
    let counted = ModelFacts(
      blockCount: blockCount, expertCount: count(meanings.lazy.compactMap(\.expert).max()))
    self.blockCount = blockCount
    self.facts = ModelFacts.read(metadata: metadata, config: config, counted: counted)
  }
}
