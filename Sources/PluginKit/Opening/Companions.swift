internal import Tensors

/// The files beside the weights that belong to a model: configuration, tokenizer, licence, readme.
enum Companions {
  /// Weights of other frameworks: the same numbers again, in a form that is not converted.
  private static let weightExtensions: Set<String> = [
    "bin", "ckpt", "gguf", "h5", "msgpack", "npz", "onnx", "onnx_data", "ot", "pt", "pth",
    "safetensors",
  ]
  private static let ownFiles: Set<String> = ["ingot-manifest.json", "SHA256SUMS"]
  /// Real folders have one level (`1_Pooling/config.json`); more than this is not a model.
  private static let depthLimit = 4
  private static let countLimit = 10_000

  /// The companions in `folder`, as paths relative to it, sorted by their bytes.
  ///
  /// Taken are regular files, links followed (a Hugging Face snapshot is made of links), in the
  /// folder and in folders below it that are no links. Left out are hidden names, weights of any
  /// framework wherever they are, shard indexes, manifests and checksum lists, and names for which
  /// `isContainer` is true.
  ///
  /// Throws `io`; `notFound` (`broken-link`); `refused` (`name-not-utf8`); `limitExceeded` (`too-many-files`, `too-deep`).
  static func paths(in folder: String, isContainer: (String) -> Bool) throws(ModelError)
    -> [String]
  {
    var result: [String] = []
    var pending = [(path: "", depth: 0)]
    while let (path, depth) = pending.popLast() {
      guard depth <= depthLimit else {
        throw ModelError(
          .limitExceeded, "too-deep", "folders nest deeper than \(depthLimit)", file: path)
      }
      for name in try FolderListing.names(at: path.isEmpty ? folder : folder + "/" + path) {
        if name.hasPrefix(".") { continue }
        let relative = path.isEmpty ? name : path + "/" + name
        let full = folder + "/" + relative
        switch FolderListing.kind(of: full) {
        case .folder: if !FolderListing.isLink(full) { pending.append((relative, depth + 1)) }
        case .file: if isCompanion(name, isContainer) { result.append(relative) }
        case .other: continue
        case nil:
          guard isCompanion(name, isContainer) else { continue }
          throw ModelError(
            .notFound, "broken-link", "a file of the model is a link to nothing", file: full)
        }
      }
      guard result.count <= countLimit else {
        throw ModelError(
          .limitExceeded, "too-many-files", "the folder has more than \(countLimit) companions",
          file: folder)
      }
    }
    return result.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func isCompanion(_ name: String, _ isContainer: (String) -> Bool) -> Bool {
    if ownFiles.contains(name) || isContainer(name) || name.hasSuffix(ShardIndex.ending) {
      return false
    }
    guard let fileExtension = name.split(separator: ".").last else { return true }
    return !weightExtensions.contains(fileExtension.lowercased())
  }
}
