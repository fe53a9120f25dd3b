internal import ArgumentParser
internal import PluginKit
internal import Registry
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The options of every command that reads a checkpoint.
struct SourceOptions: ParsableArguments {
  @Option(
    name: .customLong("plugin-path"),
    help: ArgumentHelp("Search this folder for plugins first.", valueName: "folder"))
  var pluginPath: [String] = []

  @Flag(
    inversion: .prefixedNo,
    help: "Parse in a child process with limits on memory and time: for files nobody vouches for.")
  var isolate = false

  @Option(
    name: .customLong("registry"),
    help: ArgumentHelp(
      "Look up org/name here instead of HF_HUB_CACHE, HF_HOME or ~/.cache/huggingface/hub.",
      valueName: "folder"))
  var registry: String?

  /// The plugins.
  var catalog: FormatCatalog { FormatCatalog.standard(pluginPath: pluginPath) }

  /// The registry.
  func modelRegistry() throws(ModelError) -> ModelRegistry {
    ModelRegistry(
      try RegistryLocation.resolve(explicit: registry, environment: Terminal.environment))
  }

  /// Opens what `name` means: a path that exists, or `org/name[@revision]` in the registry.
  ///
  /// Throws `notFound` (`no-such-source`) if it is neither.
  func open(_ name: String, with catalog: FormatCatalog) throws(ModelError) -> Checkpoint {
    if FileIdentity.of(path: name) != nil || !SourceOptions.looksLikeRepo(name) {
      return try catalog.openCheckpoint(at: name, options: openOptions)
    }
    return try catalog.openCheckpoint(at: modelSnapshot(name), options: openOptions)
  }

  /// The path of the one container file that `path` names: itself, or the only one in a folder.
  ///
  /// Throws `invalidArgument` (`several-files`) for a checkpoint in several files.
  func filePath(_ path: String, with catalog: FormatCatalog) throws(ModelError) -> String {
    if FileIdentity.of(path: path) == nil, SourceOptions.looksLikeRepo(path) {
      return try filePath(modelSnapshot(path), with: catalog)
    }
    guard SourceOptions.isFolder(path) else { return path }
    let checkpoint = try catalog.openCheckpoint(at: path, options: openOptions)
    guard checkpoint.files.count == 1 else {
      throw ModelError(
        .invalidArgument, "several-files",
        "the folder has a model of \(checkpoint.files.count) files; name one of them: "
          + checkpoint.files[0].name, file: path)
    }
    return path + (path.hasSuffix("/") ? "" : "/") + checkpoint.files[0].name
  }

  /// Opens one container file by itself, whatever lies beside it.
  func openContainer(_ path: String, with catalog: FormatCatalog) throws(ModelError)
    -> (file: Checkpoint.File, index: ContainerIndex)
  {
    try catalog.openContainer(at: path, options: openOptions)
  }

  /// The folder of `org/name[@revision]` in the registry.
  private func modelSnapshot(_ name: String) throws(ModelError) -> String {
    let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
    let revision = try parts.count == 2 ? RevisionName(parts[1]) : .main
    return try modelRegistry().resolve(RepoID(parts[0]), revision).path
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private var openOptions: OpenOptions {
    OpenOptions(isolation: isolate ? .isolated(IsolationLimits()) : .inProcess)
  }

  private static func looksLikeRepo(_ name: String) -> Bool {
    !name.hasPrefix("/") && !name.hasPrefix(".") && name.count { $0 == "/" } == 1
  }
}
