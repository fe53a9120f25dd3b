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
  /// Throws `limitExceeded` (`config-too-large`), `malformed` (`json-syntax`, `json-too-deep`,
  /// `not-utf8`, `json-trailing-text`), `refused` (`duplicate-key`), `notFound`, `io`.
  public static func read(_ checkpoint: Checkpoint) throws(ModelError) -> JSONValue? {
    guard checkpoint.metadata["general.architecture"] == nil, let folder = checkpoint.folder,
      checkpoint.companions.contains(fileName)
    else { return nil }
    let source = try FileByteSource(path: folder + "/" + fileName)
    guard source.byteCount <= maximumByteCount else {
      throw ModelError(
        .limitExceeded, "config-too-large",
        "\(source.byteCount) bytes are more than the \(maximumByteCount) it may have",
        file: fileName)
    }
    let bytes = try source.bytes(at: 0, byteCount: source.byteCount)
    do throws(ModelError) {
      return try JSONValue.parse(bytes)
    } catch {
      throw error.at(file: fileName)
    }
  }
}
