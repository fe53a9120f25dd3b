public import Tensors

/// What names and metadata in a container mean.
///
/// A dialect is a table of names (`Names/`) and nothing else; a new one is a case and a table.
public enum Dialect: String, Sendable, CaseIterable, Hashable {
  /// The module paths of PyTorch models, as `transformers` saves them.
  case huggingFace = "hugging-face"
  /// The names of llama.cpp's GGUF files: `blk.0.attn_q.weight`.
  case llamaCpp = "llama.cpp"
  /// None that Ingot knows: every tensor has the role `other`.
  case unknown

  /// The dialect of a checkpoint with these tensors and this metadata.
  ///
  /// 1. The key `general.architecture` is llama.cpp's: only its files carry it.
  /// 2. Otherwise the dialect whose table knows more of the first 4096 names wins.
  /// 3. A tie, no names at all included, is `unknown`.
  public static func detect(
    names: some Sequence<String>, metadata: [MetadataEntry] = []
  ) -> Dialect {
    if metadata["general.architecture"]?.string != nil { return .llamaCpp }
    var huggingFace = 0
    var llamaCpp = 0
    for name in names.prefix(4096) {
      if Dialect.huggingFace.meaning(of: name).isTelling { huggingFace += 1 }
      if Dialect.llamaCpp.meaning(of: name).isTelling { llamaCpp += 1 }
    }
    if huggingFace == llamaCpp { return .unknown }
    return huggingFace > llamaCpp ? .huggingFace : .llamaCpp
  }

  /// What `name` says in this dialect; the role is `other` if its table does not know the name.
  ///
  /// A name alone cannot tell a tied embedding: `Model` does that.
  public func meaning(of name: String) -> TensorMeaning {
    switch self {
    case .huggingFace: NameTable.huggingFace.meaning(of: name)
    case .llamaCpp: NameTable.llamaCpp.meaning(of: name)
    case .unknown: TensorMeaning(.other)
    }
  }
}

extension TensorMeaning {
  /// Whether the role says something about the dialect: norms and biases end alike in all of them.
  fileprivate var isTelling: Bool {
    switch role {
    case .other, .norm, .bias: false
    default: true
    }
  }
}
