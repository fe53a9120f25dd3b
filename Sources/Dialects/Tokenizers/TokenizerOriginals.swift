internal import Tensors

/// The tokenizer's own files, as metadata that travel with the model.
enum TokenizerOriginals {
  private static let names = [
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.model",
    "spiece.model", "sentencepiece.bpe.model", "vocab.json", "vocab.txt", "merges.txt",
    "tekken.json", "chat_template.json", "chat_template.jinja",
  ]
  private static let templates = "additional_chat_templates/"

  /// Appends each file: tokenizer.json under gguf-py's key, the others under ours; as text, or as
  /// bytes where they are none.
  static func embed(_ files: ModelFiles, into metadata: inout [MetadataEntry])
    throws(ModelError)
  {
    if let bytes = try files.bytes(TokenizerJSON.fileName) {
      metadata.set(TokenizerKeys.huggingFace, value(bytes))
    }
    for name in files.names where isKnown(name) {
      if let bytes = try files.bytes(name) {
        metadata.set(TokenizerKeys.filePrefix + name, value(bytes))
      }
    }
  }

  private static func value(_ bytes: [UInt8]) -> MetadataValue {
    if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
    return .array(.uint8(bytes))
  }

  /// A list, not a rule: the names come from a file and become paths.
  private static func isKnown(_ name: String) -> Bool {
    if names.contains(name) { return true }
    guard name.begins(with: templates), name.ends(with: ".jinja") else { return false }
    let rest = name.dropping(templates.utf8.count)
    return rest.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || $0.isASCII && "0123456789-_.".unicodeScalars.contains($0)
    } && !rest.begins(with: ".")
  }

  /// Throws `malformed` (`unsafe-file-name`, `tokenizer-metadata`).
  static func files(in metadata: [MetadataEntry]) throws(ModelError)
    -> [(name: String, bytes: [UInt8])]
  {
    var files: [(name: String, bytes: [UInt8])] = []
    for entry in metadata {
      let name: String
      if entry.key == TokenizerKeys.huggingFace {
        name = TokenizerJSON.fileName
      } else if entry.key.begins(with: TokenizerKeys.filePrefix) {
        name = entry.key.dropping(TokenizerKeys.filePrefix.utf8.count)
        guard isKnown(name) else {
          throw ModelError(
            .malformed, "unsafe-file-name",
            "\"\(name.prefix(100))\" is no file of a tokenizer; \(entry.key.prefix(100)) is refused"
          )
        }
      } else {
        continue
      }
      switch entry.value {
      case .string(let text): files.append((name, Array(text.utf8)))
      case .array(.uint8(let bytes)): files.append((name, bytes))
      default:
        throw ModelError(
          .malformed, "tokenizer-metadata", "\(entry.key.prefix(100)) is neither text nor bytes")
      }
    }
    return files
  }
}
