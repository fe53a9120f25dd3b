public import Tensors

extension Dialect {
  /// The dialect that readers of a container expect; nil for containers that have none of their own.
  public static func expected(inContainer id: String) -> Dialect? {
    switch id {
    case "gguf": .llamaCpp
    case "safetensors": .huggingFace
    default: nil
    }
  }
}

extension Translation {
  /// What the user may decide about what is not tensors.
  public struct Options: Sendable {
    /// About the tokenizer.
    public var tokenizer: TokenizerTranslation.Options
    /// What `--metadata` gives instead of the model card.
    public var card: JSONValue?

    /// Creates options.
    public init(
      tokenizer: TokenizerTranslation.Options = TokenizerTranslation.Options(),
      card: JSONValue? = nil
    ) {
      self.tokenizer = tokenizer
      self.card = card
    }
  }

  /// `checkpoint` with everything that belongs to a model in `dialect`: tensors, configuration,
  /// tokenizer and card, as metadata for llama.cpp and as made companions for Hugging Face. Nil if it is
  /// in that dialect already, or if `dialect` is none to translate into.
  ///
  /// `metadata` are those of the checkpoint, typed. Companions that are there stay, but for
  /// `config.json`, which has to describe these tensors: what the old one says beyond the new one is
  /// kept.
  ///
  /// Throws `unsupported` (`architecture-unknown`) for a model that nothing describes, and what
  /// `toLlamaCpp`, `toHuggingFace`, `TokenizerTranslation` and `ModelCard` throw.
  public static func whole(
    _ checkpoint: Checkpoint, metadata: [MetadataEntry], into dialect: Dialect,
    options: Options = Options()
  ) throws(ModelError) -> Translation? {
    let found = Dialect.detect(names: checkpoint.tensors.lazy.map(\.name), metadata: metadata)
    guard found != dialect else { return nil }
    switch dialect {
    case .llamaCpp: return try wholeToLlamaCpp(checkpoint, options)
    case .huggingFace: return try wholeToHuggingFace(checkpoint, metadata)
    case .unknown: return nil
    }
  }

  private static func wholeToLlamaCpp(_ checkpoint: Checkpoint, _ options: Options)
    throws(ModelError) -> Translation
  {
    let files = ModelFiles(checkpoint)
    guard let config = try files.json(ModelConfig.fileName, atMost: ModelConfig.maximumByteCount)
    else {
      throw ModelError(
        .unsupported, "architecture-unknown",
        "without a \(ModelConfig.fileName) beside the weights nothing says what they are; "
          + "--generic copies names as they are")
    }
    let tokenizer = try TokenizerTranslation.toLlamaCpp(
      files, config: config, architecture: try llamaCppArchitecture(of: config) ?? "",
      vocabularySize: nil, options: options.tokenizer)
    var result = try toLlamaCpp(
      checkpoint, files: files, tokenizerMetadata: tokenizer?.metadata ?? [],
      generalMetadata: [], vocabularySize: tokenizer?.tokenCount)
    // Some labels count the tensors as llama.cpp has them.
    let card = try ModelCard.metadata(
      of: files, override: options.card,
      parameterCounts: ParameterCounts(result.checkpoint.tensors))
    let keys = Set(result.checkpoint.metadata.map(\.key))
    result.checkpoint.metadata.insert(
      contentsOf: card.filter { !keys.contains($0.key) },
      at: min(2, result.checkpoint.metadata.count))
    for note in tokenizer?.notes ?? [] {
      result.notes.append(TranslationNote(.assumedValue, "tokenizer", note))
    }
    if tokenizer == nil {
      result.notes.append(
        TranslationNote(.droppedKey, "tokenizer", "there is none beside the weights"))
    }
    return result
  }

  private static func wholeToHuggingFace(
    _ checkpoint: Checkpoint, _ metadata: [MetadataEntry]
  ) throws(ModelError) -> Translation {
    guard metadata["general.architecture"] != nil else {
      throw ModelError(
        .unsupported, "architecture-unknown",
        "without general.architecture nothing says what these tensors are; "
          + "--generic copies names as they are")
    }
    var source = checkpoint
    source.metadata = metadata
    var result = try toHuggingFace(source)
    let found = ModelFiles(checkpoint)
    var made: [String: [UInt8]] = [:]
    for file in try TokenizerTranslation.toHuggingFace(metadata)
      + ModelCard.files(from: metadata) where !found.names.contains(file.name)
    {
      made[file.name] = file.bytes
    }
    if let config = result.config {
      var members =
        try found.json(
          ModelConfig.fileName, atMost: ModelConfig.maximumByteCount)?.object ?? [:]
      members.merge(config.object ?? [:]) { _, new in new }
      // Without these transformers assumes ids that a small vocabulary may not have.
      for (word, key) in [("bos", "bos"), ("eos", "eos"), ("pad", "padding")] {
        let id = metadata["tokenizer.ggml.\(key)_token_id"]?.integer
        members["\(word)_token_id"] =
          id.map { .integer($0) } ?? members["\(word)_token_id"] ?? .null
      }
      made[ModelConfig.fileName] = Array(JSONValue.object(members).canonicalText.utf8)
    }
    // transformers asks what wrote a file before it reads one.
    result.checkpoint.metadata = [MetadataEntry("format", .string("pt"))]
    result.checkpoint.madeCompanions = made
    return result
  }
}
