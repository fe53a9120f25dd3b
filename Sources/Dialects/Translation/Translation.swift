public import Tensors

/// A checkpoint in the other dialect: other names, shapes and metadata over the same bytes.
///
/// Tensors that only have another name are extents of the original files. The others are assembled
/// while they are read, a few MiB at a time, and any range of their bytes can be asked for. So
/// whatever works on a checkpoint works on a translated one.
///
/// What is called how, and laid out how, is in the files of `Architectures/Files`; source:
/// convert_hf_to_gguf.py of llama.cpp b11434.
public struct Translation: Sendable {
  /// The checkpoint in the other dialect.
  public var checkpoint: Checkpoint
  /// The name of the architecture's file.
  public var architecture: String
  /// What was left out, made or assumed, with the reason of each.
  public var notes: [TranslationNote]
  /// Towards Hugging Face: the `config.json` to write.
  public var config: JSONValue?

  /// Creates a translation.
  public init(
    checkpoint: Checkpoint, architecture: String, notes: [TranslationNote], config: JSONValue?
  ) {
    self.checkpoint = checkpoint
    self.architecture = architecture
    self.notes = notes
    self.config = config
  }

  /// The names of the architectures that can be translated, in the order in which they are looked up.
  public static var architectures: [String] {
    ArchitectureCatalog.program.entries.map { $0.name }.filter { !$0.hasSuffix("-base") }
  }

  /// The name of llama.cpp for the architecture that `config` says; nil if there is none.
  ///
  /// Throws what parsing the architecture's file throws.
  public static func llamaCppArchitecture(of config: JSONValue) throws(ModelError) -> String? {
    try ArchitectureCatalog.program.architecture(of: config)?.llamaCpp
  }

  /// The checkpoint as llama.cpp has it.
  ///
  /// Metadata are `general.architecture`, `general.type`, `generalMetadata`, what the rules make of
  /// `config.json`, `general.quantization_version` and `tokenizerMetadata`. Vectors and norms are F32,
  /// as in every file of llama.cpp; other numbers keep their type.
  ///
  /// - Parameters:
  ///   - source: A checkpoint with Hugging Face names.
  ///   - files: The files beside it; `config.json` has to be there.
  ///   - tokenizerMetadata: The keys of the tokenizer.
  ///   - generalMetadata: Name, licence and the like.
  ///   - vocabularySize: Tokens of the tokenizer; a model may have rows for more, which Gemma 3's loses.
  ///
  /// Throws `notFound` (`config-missing`), `unsupported` (`architecture-unknown`, `tensor-unknown`,
  /// `tensor-not-zero`, `quantization-unknown`, `config-word`, `cannot-decode`), `malformed`
  /// (`tensor-missing`, `tensor-twice`, `shape-mismatch`, `config-value`, `config-missing-key`,
  /// `config-arithmetic`, `size-missing`, `size-not-positive`), and what reading files throws.
  public static func toLlamaCpp(
    _ source: Checkpoint, files: ModelFiles, tokenizerMetadata: [MetadataEntry],
    generalMetadata: [MetadataEntry], vocabularySize: Int?
  ) throws(ModelError) -> Translation {
    try toLlamaCpp(
      source, files: files, tokenizerMetadata: tokenizerMetadata,
      generalMetadata: generalMetadata, vocabularySize: vocabularySize, catalog: .program)
  }

  /// The checkpoint as Hugging Face has it, and its `config.json`.
  ///
  /// Numbers keep their type; where llama.cpp's are greater by one the tensor is F32. Keys of the
  /// metadata that no rule brings back are in the notes.
  ///
  /// Throws `invalidArgument` (`not-llama-cpp`), `unsupported` (`architecture-unknown`,
  /// `tensor-unknown`, `rope-factors-unknown`, `cannot-decode`), `malformed` (`tensor-missing`,
  /// `shape-mismatch`, `config-value`, `config-arithmetic`, `size-missing`, `size-not-positive`), and
  /// what reading the source throws.
  public static func toHuggingFace(_ source: Checkpoint) throws(ModelError) -> Translation {
    try toHuggingFace(source, catalog: .program)
  }
}

extension Translation {
  static func unknownArchitecture(_ name: String) -> ModelError {
    ModelError(
      .unsupported, "architecture-unknown",
      "no architecture file knows \"\(name)\"; --generic copies names as they are, or a file for it "
        + "can be added")
  }

  /// The type that most elements of the matrices have.
  static func mostly(_ tensors: some Sequence<(type: ElementType, shape: Shape)>) -> ElementType {
    var counts: [ElementType: Int] = [:]
    var order: [ElementType] = []
    for tensor in tensors where tensor.shape.rank >= 2 {
      if counts[tensor.type] == nil { order.append(tensor.type) }
      counts[tensor.type, default: 0] &+= tensor.shape.elementCount
    }
    let highest = counts.values.max()
    return order.first { counts[$0] == highest } ?? .F32
  }
}
