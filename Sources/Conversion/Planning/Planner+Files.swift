internal import Recipes
internal import Tensors

extension Planner {
  /// The output's files, with every tensor at its place.
  ///
  /// Throws `invalidArgument` (`split-not-in-format` for a container of which several files make no
  /// checkpoint, `split-needs-folder`, `too-many-shards`), or what the format says.
  func files(
    _ tensors: [PlannedTensor], _ metadata: [MetadataEntry], for target: OutputTarget
  ) throws(ModelError) -> [PlannedFile] {
    guard let splitting = options.splitting else {
      return [try file(fileName(for: target), tensors, metadata)]
    }
    guard let convention = ShardConvention(container: format.identity) else {
      throw ModelError(
        .invalidArgument, "split-not-in-format",
        "a checkpoint in several files is defined for gguf and safetensors, not for "
          + format.identity.id)
    }
    let shards = try convention.shards(
      of: tensors, by: splitting, sourceFileCount: checkpoint.files.count)
    // One file that holds everything is no shard, for those who read it and by its name.
    guard shards.count > 1 else { return [try file(fileName(for: target), tensors, metadata)] }
    guard target.isFolder else {
      throw ModelError(
        .invalidArgument, "split-needs-folder",
        "the output has \(shards.count) files, which need a folder: name one, without the "
          + "extension", file: target.path)
    }
    var files: [PlannedFile] = []
    for (index, positions) in shards.enumerated() {
      let name = ShardConvention.name(
        stem: stem, index: index, count: shards.count, ending: ".\(fileExtension)")
      files.append(
        try file(
          name, positions.map { tensors[$0] },
          convention.metadata(
            metadata, shard: index, of: shards.count, tensorCount: tensors.count)))
    }
    if let index = try convention.index(of: files) { files.append(index) }
    return files
  }

  private func file(
    _ name: String, _ tensors: [PlannedTensor], _ metadata: [MetadataEntry]
  ) throws(ModelError) -> PlannedFile {
    var tensors = tensors
    let layout = try layout(tensors, metadata)
    for index in tensors.indices { tensors[index].offset = layout.tensorOffsets[index] }
    return PlannedFile(
      name: name, byteCount: layout.byteCount, segments: layout.segments,
      tensors: tensors.sorted { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) })
  }

  private func layout(_ tensors: [PlannedTensor], _ metadata: [MetadataEntry]) throws(ModelError)
    -> ContainerLayout
  {
    let infos = tensors.map {
      TensorInfo(
        name: $0.name, elementType: $0.elementType, shape: $0.shape, offset: 0,
        byteCount: $0.byteCount)
    }
    do throws(ModelError) {
      return try MetadataCarrier.layout(
        of: ContainerIndex(tensors: infos, metadata: metadata), by: format)
    } catch {
      throw proposing(error)
    }
  }

  /// The plugin knows what its format cannot hold; only here is known what else there is.
  private func proposing(_ error: ModelError) -> ModelError {
    guard error.reason == "type-not-in-format" else { return error }
    var copy = error
    copy.message += "; another container may hold it, such as --to gguf"
    return copy
  }

  private func fileName(for target: OutputTarget) -> String {
    switch target {
    case .file(let path): FileSystem.name(of: path)
    case .folder: "\(stem).\(fileExtension)"
    }
  }

  /// The name of a model file in a folder, without its extension.
  private var stem: String {
    // transformers looks for this very name.
    format.identity.id == "safetensors" ? "model" : "model-\(recipe.name)"
  }

  private var fileExtension: String { format.identity.extensions.first ?? format.identity.id }
}
