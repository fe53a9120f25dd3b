internal import ArgumentParser
internal import PluginKit
internal import Registry
internal import Tensors

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
    let parts = name.split(separator: "@", maxSplits: 1).map(String.init)
    let revision = try parts.count == 2 ? RevisionName(parts[1]) : .main
    let snapshot = try modelRegistry().resolve(RepoID(parts[0]), revision)
    return try catalog.openCheckpoint(at: snapshot.path, options: openOptions)
  }

  private var openOptions: OpenOptions {
    OpenOptions(isolation: isolate ? .isolated(IsolationLimits()) : .inProcess)
  }

  private static func looksLikeRepo(_ name: String) -> Bool {
    !name.hasPrefix("/") && !name.hasPrefix(".") && name.count { $0 == "/" } == 1
  }
}
