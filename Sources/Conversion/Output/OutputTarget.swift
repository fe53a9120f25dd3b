internal import Tensors

/// Where a conversion's result goes.
public enum OutputTarget: Sendable, Equatable {
  /// A folder that appears whole: model file, companions, `ingot-manifest.json`, `SHA256SUMS`.
  case folder(path: String)
  /// One file; `<name>.ingot-manifest.json` and `<name>.sha256` beside it.
  case file(path: String)

  /// The path of the folder or file.
  public var path: String {
    switch self {
    case .folder(let path), .file(let path): path
    }
  }

  /// The name of the manifest: in the folder, or beside the file.
  public var manifestName: String {
    switch self {
    case .folder: Manifest.folderFileName
    case .file(let path): FileSystem.name(of: path) + "." + Manifest.folderFileName
    }
  }

  /// The name of the `sha256sum -c` file.
  public var checksumName: String {
    switch self {
    case .folder: "SHA256SUMS"
    case .file(let path): FileSystem.name(of: path) + ".sha256"
    }
  }

  /// The folder in which an unfinished conversion to this target works: a sibling with a name of
  /// its own, so that a rename finishes it. Throws `invalidArgument` (`name-too-long`).
  func stagingPath() throws(ModelError) -> String {
    let name = FileSystem.name(of: path)
    let staged = "." + name + ".ingot-partial"
    let longest = max(staged.utf8.count, manifestName.utf8.count)
    guard longest <= 255 else {
      throw ModelError(
        .invalidArgument, "name-too-long",
        "the name has \(name.utf8.count) bytes; \(255 - longest + name.utf8.count) is the most "
          + "that leaves room for the names derived from it", file: path)
    }
    return FileSystem.parent(of: path) + "/" + staged
  }

  /// File output: the names of all its files, in the order in which they get them.
  var fileNames: [String] { [FileSystem.name(of: path), checksumName, manifestName] }
}
