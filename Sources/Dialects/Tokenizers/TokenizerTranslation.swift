public import Tensors

/// Tokenizers, from the files of Hugging Face to the metadata of llama.cpp and back.
public enum TokenizerTranslation {
  /// What the user may decide.
  public struct Options: Sendable {
    /// llama.cpp's name of the pre-tokenizer, whatever the definition says; nil: by the definition.
    public var preTokenizer: String?
    /// Whether the files travel along, so that the way back writes them unchanged.
    public var embedsOriginals: Bool

    /// Creates options.
    public init(preTokenizer: String? = nil, embedsOriginals: Bool = false) {
      self.preTokenizer = preTokenizer
      self.embedsOriginals = embedsOriginals
    }
  }

  /// A tokenizer as llama.cpp keeps it.
  public struct Result: Sendable {
    /// The `tokenizer.*` entries, in the order of convert_hf_to_gguf.
    public var metadata: [MetadataEntry]
    /// What differs from the source, a sentence each.
    public var notes: [String]
    /// The number of tokens, fillers included: the rows that the embedding should have.
    public var tokenCount: Int
  }

  /// The tokenizer in `files`; nil if there is none.
  ///
  /// `config` is config.json; `architecture` is llama.cpp's name, such as `llama` or `bert`;
  /// `vocabularySize` is the number of rows of the token embedding, up to which fillers `[PADn]`
  /// go; without it `config` says it. Works in time linear in the files' sizes and holds one copy
  /// of the vocabulary beside the file.
  ///
  /// Throws `malformed` (`json-syntax`, `json-not-an-integer`, `number-out-of-range`,
  /// `protobuf-syntax`, `not-utf8`, `token-id-out-of-range`, `duplicate-token-id`,
  /// `duplicate-token`, `merge-malformed`, `merge-unknown-token`, `added-token`,
  /// `special-token-id`, and kin), `unsupported` (`pre-tokenizer-unknown`, `tokenizer-kind`),
  /// `limitExceeded` (`too-many-tokens`, `model-file-too-large`), `notFound`, `io`.
  ///
  /// Follows `set_vocab` and `SpecialVocab` of llama.cpp b11434's convert_hf_to_gguf.py. It differs
  /// where that loses what the files say: scores of byte-fallback BPE without a tokenizer.model
  /// come from the merges, and special tokens that are written as objects count.
  public static func toLlamaCpp(
    _ files: ModelFiles, config: JSONValue?, architecture: String, vocabularySize: Int?,
    options: Options
  ) throws(ModelError) -> Result? {
    let source = try TokenizerSource(
      files, config: config, architecture: architecture, vocabularySize: vocabularySize)
    var converter = TokenizerConverter(source: source, preTokenizer: options.preTokenizer)
    guard try converter.convert() else { return nil }
    if options.embedsOriginals { try TokenizerOriginals.embed(files, into: &converter.metadata) }
    return Result(
      metadata: converter.metadata, notes: converter.notes, tokenCount: converter.tokenCount)
  }

  /// The files of the tokenizer in `metadata`: tokenizer.json, tokenizer_config.json, and for
  /// SentencePiece tokenizers their model; none if `metadata` hold no tokenizer. Files that
  /// `embedsOriginals` took along come back byte for byte.
  ///
  /// Throws `malformed` (`tokenizer-metadata`, `duplicate-token`, `merge-malformed`,
  /// `merge-unknown-token`, `special-token-id`, `unsafe-file-name`), `unsupported`
  /// (`tokenizer-kind`, `pre-tokenizer-unknown`), `limitExceeded` (`too-many-tokens`).
  public static func toHuggingFace(_ metadata: [MetadataEntry]) throws(ModelError)
    -> [(name: String, bytes: [UInt8])]
  {
    var files = try TokenizerOriginals.files(in: metadata)
    guard metadata[TokenizerKeys.model] != nil else { return files }
    for file in try TokenizerFiles.rebuilt(metadata, except: Set(files.map(\.name))) {
      files.append(file)
    }
    return files
  }
}
