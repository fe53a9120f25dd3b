internal import Dialects
public import Tensors

extension Manifest {
  /// The importance matrix by which the numbers of some tensors were chosen.
  public struct Importance: Sendable, Equatable {
    /// The file's name, without folders.
    public var name: String
    /// SHA-256 of the file.
    public var sha256: Digest
    /// Tensors that have weights, after `include` and `exclude`.
    public var entryCount: Int
    /// Chunks of the calibration text; nil if the file does not say.
    public var chunkCount: Int?
    /// The names of the calibration texts, without folders.
    public var datasets: [String]
    /// Regular expressions: only entries that one of them finds, if there are any.
    public var include: [String]
    /// Regular expressions: no entry that one of them finds.
    public var exclude: [String]
  }
}

extension Manifest.Importance {
  static let members = [
    "name", "sha256", "entries", "chunks", "datasets", "include", "exclude",
  ]

  init(_ importance: ImportanceMatrix) {
    self.init(
      name: importance.name, sha256: importance.sha256, entryCount: importance.entryCount,
      chunkCount: importance.chunkCount, datasets: importance.datasets,
      include: importance.selection.include, exclude: importance.selection.exclude)
  }

  init(_ object: ManifestObject) throws(ModelError) {
    name = try object.string("name")
    sha256 = try object.digest("sha256")
    entryCount = try object.integer("entries")
    chunkCount = object.isNull("chunks") ? nil : try object.integer("chunks")
    datasets = try object.strings("datasets")
    include = try object.strings("include")
    exclude = try object.strings("exclude")
  }

  var json: JSONValue {
    .object([
      "name": .string(name), "sha256": .string(sha256.hex), "entries": .integer(entryCount),
      "chunks": chunkCount.map { .integer($0) } ?? .null,
      "datasets": .array(datasets.map { .string($0) }),
      "include": .array(include.map { .string($0) }),
      "exclude": .array(exclude.map { .string($0) }),
    ])
  }
}
