public import Tensors

/// The small files beside the weights that say what they mean: `config.json`, `tokenizer.json`,
/// `README.md`.
public struct ModelFiles: Sendable {
  /// Bytes that one file may have; the largest real one, a `tokenizer.json`, has 35 million.
  public static let maximumByteCount = 256 << 20

  /// The names, as paths relative to the checkpoint's folder; sorted.
  public let names: [String]
  private let contents: [String: [UInt8]]
  private let folder: String?

  /// The companions of `checkpoint`; a single file has none but those that were made.
  public init(_ checkpoint: Checkpoint) {
    folder = checkpoint.folder
    contents = checkpoint.madeCompanions
    names = folder == nil ? contents.keys.sorted() : checkpoint.companionNames
  }

  /// Files that are in memory already.
  public init(contents: [String: [UInt8]]) {
    names = contents.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    folder = nil
    self.contents = contents
  }

  /// The bytes of the file `name`; nil if there is none.
  ///
  /// Throws `limitExceeded` (`model-file-too-large`) before a byte is read, `notFound`, `io`.
  public func bytes(
    _ name: String, atMost limit: Int = ModelFiles.maximumByteCount
  ) throws(ModelError) -> [UInt8]? {
    if let made = contents[name] { return made }
    guard let folder, names.contains(name) else { return nil }
    let source = try FileByteSource(path: folder + "/" + name)
    guard source.byteCount <= limit else {
      throw ModelError(
        .limitExceeded, "model-file-too-large",
        "\(source.byteCount) bytes are more than the \(limit) it may have", file: name)
    }
    return try source.bytes(at: 0, byteCount: source.byteCount)
  }

  /// The JSON value in the file `name`; nil if there is none.
  ///
  /// Throws what `bytes` and `JSONValue.parse` throw, with the file's name.
  public func json(
    _ name: String, atMost limit: Int = ModelFiles.maximumByteCount
  ) throws(ModelError) -> JSONValue? {
    guard let bytes = try bytes(name, atMost: limit) else { return nil }
    do throws(ModelError) {
      return try JSONValue.parse(bytes)
    } catch {
      throw error.at(file: name)
    }
  }
}
