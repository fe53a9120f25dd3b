public import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Opens files in a child process, so that a file which makes a plugin crash, hang or use up the
/// memory is an error and nothing more.
///
/// The child, `ingot-isolate`, loads the same libraries, lets them bid on the file, opens it and
/// sends back the index; it can read the one file it was given and has no other. The host checks
/// that index as it checks one made in its own process. What isolation does not do: the plugins'
/// tables are in the host too, so a plugin that is itself hostile is not kept out by it.
public struct IsolatedOpening: Sendable {
  private let plugins: [LoadedPlugin]
  private let isolation: IsolationLimits

  /// Prepares to open files with `plugins`, the first of which wins no ties.
  public init(plugins: [LoadedPlugin], isolation: IsolationLimits = IsolationLimits()) {
    self.plugins = plugins
    self.isolation = isolation
  }

  /// Opens one file in a child process of its own.
  ///
  /// Throws what the plugins report. `pluginFailed`, naming the plugin that was at work:
  /// `plugin-crashed` (with the signal), `plugin-timeout`, `plugin-memory`, `plugin-protocol`, and
  /// the reasons of an index that cannot be true. `unsupported`: `isolated-read` for a file with
  /// tensors that only the plugin's `read` delivers, `plugin-not-isolatable` for a plugin linked
  /// into the program. `notFound`: `isolate-missing`.
  public func open(_ source: FileByteSource, limits: Limits = Limits()) throws(ModelError)
    -> (plugin: LoadedPlugin, index: ContainerIndex)
  {
    let outcome = try ChildProcess.run(
      executable: try isolation.executable(), arguments: try arguments(limits),
      environment: IsolationLimits.environment(), input: source.descriptor,
      seconds: max(1, isolation.seconds), outputByteLimit: isolation.memoryByteCount)
    let answer: IsolatedAnswer
    do throws(ModelError) {
      answer = try IsolatedAnswer(outcome, pluginCount: plugins.count, limits: limits)
    } catch {
      throw naming(error, IsolatedAnswer.lastStage(in: outcome.output), outcome)
    }
    let plugin = plugins[answer.plugin]
    do throws(ModelError) {
      try IndexChecks.check(
        answer.index, fileByteCount: source.byteCount, limits: limits, canRead: true)
    } catch {
      var copy = error
      if copy.code == .malformed { copy.code = .pluginFailed }
      copy.message = "the plugin \(plugin.manifest.id): " + copy.message
      throw copy
    }
    if let tensor = answer.index.tensors.first(where: \.isReadByPlugin) {
      throw ModelError(
        .unsupported, "isolated-read",
        "the tensor's bytes come through the plugin \(plugin.manifest.id), which cannot be asked "
          + "for them in an isolated process; open the file without isolation", tensor: tensor.name)
    }
    return (plugin, answer.index)
  }

  private func arguments(_ limits: Limits) throws(ModelError) -> [String] {
    var paths: [String] = []
    for plugin in plugins {
      guard let path = plugin.libraryPath else {
        throw ModelError(
          .unsupported, "plugin-not-isolatable",
          "the plugin \(plugin.manifest.id) is linked into the program and has no library to load")
      }
      paths.append(path)
    }
    return IsolatedGuest.Request(
      memoryByteCount: isolation.memoryByteCount, seconds: max(1, isolation.seconds),
      limits: limits, libraries: paths
    ).arguments
  }

  /// `error` with the plugin that was at work, if it is one of the process and not of the file.
  private func naming(
    _ error: ModelError, _ stage: (plugin: Int, stage: WireFormat.Stage)?,
    _ outcome: ChildProcess.Outcome
  ) -> ModelError {
    guard error.code == .pluginFailed, let stage, plugins.indices.contains(stage.plugin) else {
      return error
    }
    let plugin = plugins[stage.plugin]
    var copy = error
    copy.message =
      "the plugin \(plugin.manifest.id) (\(plugin.libraryPath ?? "linked")), while it was "
      + "\(stage.stage.phrase): " + error.message
    guard case .signalled = outcome.end, error.reason == "plugin-crashed" else { return copy }
    // A failed allocation ends in all kinds of signals; what tells it is how much was in use.
    if outcome.peakMemoryByteCount > isolation.memoryByteCount / 2 {
      copy.reason = "plugin-memory"
      copy.message +=
        " with \(outcome.peakMemoryByteCount >> 20) MiB in use; the limit is "
        + "\(isolation.memoryByteCount >> 20) MiB"
    }
    return copy
  }
}
