/// A model as found: one or more container files, indexed. No weights are in memory.
public struct Checkpoint: Sendable {
  /// One container file.
  public struct File: Sendable {
    /// The name relative to the checkpoint's folder, such as `model-00001-of-00002.safetensors`.
    public var name: String
    /// The bytes.
    public var source: any ByteSource
    /// Who read the index.
    public var container: ContainerIdentity
    /// For tensors that are no plain extents.
    public var reader: (any ContainerReader)?

    /// Creates a file.
    public init(
      name: String, source: any ByteSource, container: ContainerIdentity,
      reader: (any ContainerReader)? = nil
    ) {
      self.name = name
      self.source = source
      self.container = container
      self.reader = reader
    }
  }

  /// The container files, in shard order.
  public var files: [File]
  /// All tensors, in shard order and file order; names are unique.
  public var tensors: [TensorInfo]
  /// The metadata of the first shard, without the keys that only describe the sharding.
  public var metadata: [MetadataEntry]
  /// Files beside the weights that belong to the model (config.json, tokenizer.json), as paths
  /// relative to `folder`; sorted.
  public var companions: [String]
  /// Companions that a translation made, by name; they take the place of found ones of that name.
  public var madeCompanions: [String: [UInt8]]
  /// The folder that holds everything, or nil for a single file.
  public var folder: String?

  /// Creates a checkpoint.
  public init(
    files: [File], tensors: [TensorInfo], metadata: [MetadataEntry], companions: [String] = [],
    madeCompanions: [String: [UInt8]] = [:], folder: String? = nil
  ) {
    self.files = files
    self.tensors = tensors
    self.metadata = metadata
    self.companions = companions
    self.madeCompanions = madeCompanions
    self.folder = folder
  }

  /// Fills `destination` with bytes of `tensor`'s data, from `offset` within that data.
  /// Safe to call from several threads. Throws `io`, or what the plugin reports.
  public func read(
    _ tensor: TensorInfo, offset: Int, into destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    let file = files[tensor.fileIndex]
    if tensor.isReadByPlugin {
      guard let reader = file.reader else {
        throw ModelError(
          .pluginFailed, "read-missing", "the plugin \(file.container.id) cannot read this tensor",
          file: file.name, tensor: tensor.name)
      }
      try reader.read(tensorAt: tensor.indexInFile, offset: offset, into: destination)
    } else {
      try file.source.read(into: destination, at: tensor.offset + offset)
    }
  }

  /// The names of all companions, found and made; sorted.
  public var companionNames: [String] {
    Set(companions).union(madeCompanions.keys)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The sum of all tensors' data, in bytes.
  public var dataByteCount: Int { tensors.reduce(0) { $0 &+ $1.byteCount } }
}
