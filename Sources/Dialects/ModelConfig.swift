public import Tensors

/// The `config.json` of a Hugging Face model.
public enum ModelConfig {
  /// The file's name.
  public static let fileName = "config.json"
  /// Bytes that it may have; real ones have some thousand.
  public static let maximumByteCount = 16 << 20

  /// Reads the file beside `checkpoint`'s weights; nil if it is not among the companions, or if the
  /// metadata say what it would.
  ///
  /// Throws `limitExceeded` (`model-file-too-large`), `malformed` (`json-syntax`, `json-too-deep`,
  /// `not-utf8`, `json-trailing-text`), `refused` (`duplicate-key`), `notFound`, `io`.
  public static func read(_ checkpoint: Checkpoint) throws(ModelError) -> JSONValue? {
    guard checkpoint.metadata["general.architecture"] == nil else { return nil }
    return try ModelFiles(checkpoint).json(fileName, atMost: maximumByteCount)
  }
}
