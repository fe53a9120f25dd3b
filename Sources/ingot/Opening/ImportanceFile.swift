internal import Dialects
internal import Digests
internal import Recipes
internal import Tensors

/// Files of llama-imatrix.
enum ImportanceFile {
  /// Reads `path`: through the plugins if it begins like GGUF, as the older format otherwise, which
  /// has no magic. Throws what both forms of `ImportanceMatrix.init` throw, `unsupported`
  /// (`importance-sharded`), `notFound`, `io`. `memoryLimit` is what `--max-memory` leaves for it.
  static func read(
    _ path: String, with sources: SourceOptions, selection: ImportanceMatrix.Selection,
    memoryLimit: Int? = nil
  ) throws(ModelError) -> ImportanceMatrix {
    let source = try FileByteSource(path: path)
    let sha256 = try FileDigest.sha256(of: source)
    let start = try source.bytes(at: 0, byteCount: min(4, source.byteCount))
    let matrix =
      if start == Array("GGUF".utf8) {
        try ImportanceMatrix(
          try wholeFile(sources.open(path, with: sources.catalog), path), name: path,
          sha256: sha256, selection: selection, memoryLimit: memoryLimit)
      } else {
        try ImportanceMatrix(
          legacy: source, name: path, sha256: sha256, selection: selection,
          memoryLimit: memoryLimit)
      }
    try source.checkUnchanged()
    return matrix
  }

  /// `checkpoint`, which the digest of the one file at `path` covers. Throws `unsupported`
  /// (`importance-sharded`) for one of several files.
  private static func wholeFile(_ checkpoint: Checkpoint, _ path: String) throws(ModelError)
    -> Checkpoint
  {
    guard checkpoint.files.count == 1 else {
      throw ModelError(
        .unsupported, "importance-sharded",
        "an importance matrix has to be one file, and this is one of \(checkpoint.files.count)",
        file: path)
    }
    return checkpoint
  }

  /// The entries that one of `include` finds, or all without any, but none that one of `exclude`
  /// finds. Throws `invalidArgument` (`bad-pattern`).
  static func selection(include: [String], exclude: [String]) throws(ModelError)
    -> ImportanceMatrix.Selection
  {
    let included = try patterns(include)
    let excluded = try patterns(exclude)
    return ImportanceMatrix.Selection(include: include, exclude: exclude) { name in
      (included.isEmpty || included.contains { $0.matches(name) })
        && !excluded.contains { $0.matches(name) }
    }
  }

  private static func patterns(_ texts: [String]) throws(ModelError) -> [NamePattern] {
    var patterns: [NamePattern] = []
    for text in texts { patterns.append(try NamePattern("re:" + text)) }
    return patterns
  }
}
