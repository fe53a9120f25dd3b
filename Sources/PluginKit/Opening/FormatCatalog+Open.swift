public import Tensors

extension FormatCatalog {
  /// Opens a model: finds its files, lets the plugins bid on each, and joins the indexes. No weights
  /// are read.
  ///
  /// `path` is one of
  ///
  /// 1. the first file of a shard set, `<stem>-00001-of-0000N.<extension>`: all N are opened. Another
  ///    file of the set is refused with the name of the first;
  /// 2. a shard index, `*.index.json`: its shards are opened;
  /// 3. any other regular file: that file alone, without companions;
  /// 4. a folder. In it, links to files are followed, and looked for are, in this order:
  ///    1. shard indexes whose name before `.index.json` has an extension of a loaded plugin. One:
  ///       its shards. More than one: an error that lists them.
  ///       (mistralai's repositories hold an index beside a whole `consolidated.safetensors`; the
  ///       index wins.)
  ///    2. files with an extension of a loaded plugin, a complete shard set counting as one. One:
  ///       it. More than one: an error that lists them. None: `notFound`.
  ///
  /// With an index, the tensors of all shards are exactly those of `weight_map`, each in its shard;
  /// `total_size` is the sum of their bytes; no other shard of the same set lies in the folder.
  /// `split.*` keys, where files have them, must fit and are taken out of the joined metadata.
  ///
  /// Throws `notFound`: `no-such-file`, `no-container-file`, `shard-missing`, `broken-link`.
  /// `invalidArgument`: `not-the-first-shard`, `several-candidates`. `unsupported`: `unknown-format`
  /// (`malformed` if the file's extension is a plugin's),
  /// `isolated-read`. `refused`: `ambiguous-format`, `mixed-containers`, `unsafe-shard-name`,
  /// `duplicate-tensor`, `incomplete-split`. `malformed`: `shard-not-in-index`, `tensor-not-in-index`,
  /// `tensor-in-other-shard`, `tensor-missing`, `total-size-mismatch`, `split-*`, and what the
  /// plugins report. `limitExceeded`: `too-many-tensors`. `pluginFailed`: see `LoadedPlugin` and
  /// `IsolatedOpening`.
  public func openCheckpoint(at path: String, options: OpenOptions = OpenOptions())
    throws(ModelError) -> Checkpoint
  {
    let set = try ShardSet.find(at: path, catalog: self, limits: options.limits)
    var parts: [CheckpointPart] = []
    for name in set.files {
      // A file that was named itself may carry a whole path.
      let ownName = name.split(separator: "/").last.map(String.init) ?? name
      parts.append(
        try openPart(
          set.path(of: name), name: set.folder == nil ? ownName : name, options: options))
    }
    let companions: [String] =
      if let folder = set.folder {
        try Companions.paths(in: folder) { claimsName($0) }
      } else { [] }
    return try CheckpointJoining.join(
      parts, set: set, companions: companions, limits: options.limits)
  }

  /// Opens the one container file at `path` by itself, whatever lies beside it: its index is as in the
  /// file, `split.*` keys included.
  ///
  /// Throws `notFound` (`no-such-file`), `malformed` (`not-a-regular-file`, and what the plugin
  /// reports), `unsupported` (`unknown-format`), `refused` (`ambiguous-format`).
  public func openContainer(at path: String, options: OpenOptions = OpenOptions())
    throws(ModelError) -> (file: Checkpoint.File, index: ContainerIndex)
  {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let part = try openPart(path, name: name, options: options)
    return (
      Checkpoint.File(
        name: part.name, source: part.source, container: part.container, reader: part.reader),
      part.index
    )
  }

  /// A file that is named like a format and does not begin like one is broken, not unknown.
  private func naming(_ error: ModelError, _ name: String) -> ModelError {
    guard error.reason == "unknown-format", claimsName(name) else { return error }
    var copy = error
    copy.code = .malformed
    return copy
  }

  private func openPart(_ path: String, name: String, options: OpenOptions) throws(ModelError)
    -> CheckpointPart
  {
    do throws(ModelError) {
      let source = try FileByteSource(path: path)
      switch options.isolation {
      case .inProcess:
        let prefix = try Bidding.prefix(of: source)
        let bids = plugins.map { plugin in
          prefix.withUnsafeBytes { plugin.probe($0, fileByteCount: source.byteCount) }
        }
        let winner = plugins[
          try Bidding.winner(bids: bids, ids: plugins.map(\.manifest.id), prefix: prefix)]
        let (index, reader) = try winner.open(source, limits: options.limits)
        return CheckpointPart(
          name: name, source: source, container: winner.identity, index: index, reader: reader)
      case .isolated(let limits):
        let (winner, index) = try IsolatedOpening(plugins: plugins, isolation: limits)
          .open(source, limits: options.limits)
        return CheckpointPart(
          name: name, source: source, container: winner.identity, index: index, reader: nil)
      }
    } catch {
      throw naming(error, name).at(file: path)
    }
  }
}

/// One opened file before the files are joined.
struct CheckpointPart: Sendable {
  var name: String
  var source: any ByteSource
  var container: ContainerIdentity
  var index: ContainerIndex
  var reader: (any ContainerReader)?
}
