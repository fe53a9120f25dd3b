internal import Tensors

/// Which container files make up the model at a path; see `FormatCatalog.openCheckpoint`.
struct ShardSet {
  /// The folder that holds everything; nil for a single file that was named itself.
  var folder: String?
  /// The files' names relative to the folder, or the one path.
  var files: [String]
  /// The shard index, if there is one.
  var index: ShardIndex?

  /// The path of one of `files`.
  func path(of name: String) -> String {
    guard let folder else { return name }
    return folder == "/" ? "/" + name : folder + "/" + name
  }

  /// Finds the files. Throws as `FormatCatalog.openCheckpoint` says.
  static func find(at path: String, catalog: FormatCatalog, limits: Limits) throws(ModelError)
    -> ShardSet
  {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard let kind = FolderListing.kind(of: path) else {
      throw ModelError.system("cannot open", path)
    }
    if kind == .folder { return try inFolder(path, catalog, limits) }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let folder = ProgramFolder.folder(of: path)
    if name.hasSuffix(ShardIndex.ending) {
      return try ofIndex(named: name, in: folder, limits)
    }
    guard let shard = ShardName(name), shard.count > 1 else {
      return ShardSet(folder: nil, files: [path], index: nil)
    }
    guard shard.number == 1 else {
      throw ModelError(
        .invalidArgument, "not-the-first-shard",
        "this is shard \(shard.number) of \(shard.count); name the first one, "
          + "\(shard.name(of: 1)), to open them all", file: path)
    }
    try checkIsComplete(shard, in: folder)
    return ShardSet(folder: folder, files: shard.allNames, index: nil)
  }

  private static func inFolder(_ folder: String, _ catalog: FormatCatalog, _ limits: Limits)
    throws(ModelError) -> ShardSet
  {
    let names = try FolderListing.names(at: folder).filter { !$0.hasPrefix(".") }
    let indexes = names.filter { name in
      name.hasSuffix(ShardIndex.ending)
        && catalog.claimsName(String(name.dropLast(ShardIndex.ending.count)))
    }
    guard indexes.count <= 1 else { throw several(indexes, folder) }
    if let index = indexes.first { return try ofIndex(named: index, in: folder, limits) }

    // A shard set is one candidate, under the name of its first file.
    var candidates: [String] = []
    for name in names where catalog.claimsName(name) {
      let first = ShardName(name).map { $0.name(of: 1) } ?? name
      if candidates.last != first, !candidates.contains(first) { candidates.append(first) }
    }
    guard let first = candidates.first else {
      let formats = catalog.plugins.flatMap(\.manifest.extensions).map { ".\($0)" }
      throw ModelError(
        .notFound, "no-container-file",
        "the folder has no file of a known format (\(formats.joined(separator: ", ")))",
        file: folder)
    }
    guard candidates.count == 1 else { throw several(candidates, folder) }
    guard let shard = ShardName(first) else {
      return ShardSet(folder: folder, files: [first], index: nil)
    }
    try checkIsComplete(shard, in: folder)
    return ShardSet(folder: folder, files: shard.allNames, index: nil)
  }

  private static func ofIndex(named name: String, in folder: String, _ limits: Limits)
    throws(ModelError) -> ShardSet
  {
    let index = try ShardIndex(path: folder + "/" + name, name: name, limits: limits)
    for shard in index.shards { try checkExists(shard, in: folder, becauseOf: name) }
    // A file of the same set that the index does not name would be left out without a word.
    let sets = index.shards.compactMap { ShardName($0) }
    for other in try FolderListing.names(at: folder) {
      guard let shard = ShardName(other), !index.shards.contains(other) else { continue }
      if sets.contains(where: { $0.stem == shard.stem && $0.ending == shard.ending }) {
        throw ModelError(
          .malformed, "shard-not-in-index", "the index \(name) does not name this shard",
          file: folder + "/" + other)
      }
    }
    return ShardSet(folder: folder, files: index.shards, index: index)
  }

  private static func checkIsComplete(_ shard: ShardName, in folder: String) throws(ModelError) {
    for name in shard.allNames {
      try checkExists(name, in: folder, becauseOf: shard.name(of: shard.count))
    }
  }

  private static func checkExists(_ name: String, in folder: String, becauseOf reason: String)
    throws(ModelError)
  {
    guard FolderListing.kind(of: folder + "/" + name) == .file else {
      throw ModelError(
        .notFound, "shard-missing", "this shard is not there, and \(reason) asks for it",
        file: folder + "/" + name)
    }
  }

  private static func several(_ names: [String], _ folder: String) -> ModelError {
    let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    return ModelError(
      .invalidArgument, "several-candidates",
      "the folder has \(names.count) models: \(shown); name one of them", file: folder)
  }
}
