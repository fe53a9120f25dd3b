internal import Tensors

/// Joins the indexes of a checkpoint's files into one.
enum CheckpointJoining {
  /// The checkpoint. Throws as `FormatCatalog.openCheckpoint` says.
  static func join(
    _ parts: [CheckpointPart], set: ShardSet, companions: [String], limits: Limits
  ) throws(ModelError) -> Checkpoint {
    try checkContainers(parts)
    try SplitMetadata.check(parts.map { ($0.name, $0.index) })
    let total = parts.reduce(0) { $0 + $1.index.tensors.count }
    guard total <= limits.tensorCount else {
      throw ModelError(
        .limitExceeded, "too-many-tensors",
        "the checkpoint has \(total) tensors, above \(limits.tensorCount)", file: set.folder)
    }
    var tensors: [TensorInfo] = []
    tensors.reserveCapacity(total)
    for (position, part) in parts.enumerated() {
      for var tensor in part.index.tensors {
        tensor.fileIndex = position
        tensors.append(tensor)
      }
    }
    if parts.count > 1 { try checkNames(tensors, parts) }
    if let index = set.index { try check(tensors, against: index, parts) }
    return Checkpoint(
      files: parts.map { part in
        Checkpoint.File(
          name: part.name, source: part.source, container: part.container, reader: part.reader)
      },
      tensors: tensors,
      metadata: SplitMetadata.removed(from: parts.first?.index.metadata ?? []),
      companions: companions, folder: set.folder)
  }

  private static func checkContainers(_ parts: [CheckpointPart]) throws(ModelError) {
    guard let first = parts.first else { return }
    for part in parts where part.container.id != first.container.id {
      throw ModelError(
        .refused, "mixed-containers",
        "this file is \(part.container.id), and \(first.name) is \(first.container.id)",
        file: part.name)
    }
  }

  private static func checkNames(_ tensors: [TensorInfo], _ parts: [CheckpointPart])
    throws(ModelError)
  {
    var fileOfTensor: [String.UTF8Key: Int] = [:]
    fileOfTensor.reserveCapacity(tensors.count)
    for tensor in tensors {
      if let other = fileOfTensor.updateValue(tensor.fileIndex, forKey: tensor.name.utf8Key) {
        throw ModelError(
          .refused, "duplicate-tensor", "the tensor is in \(parts[other].name) too",
          file: parts[tensor.fileIndex].name, tensor: tensor.name)
      }
    }
  }

  private static func check(
    _ tensors: [TensorInfo], against index: ShardIndex, _ parts: [CheckpointPart]
  ) throws(ModelError) {
    var missing = index.shardOfTensor
    var byteCount = 0
    for tensor in tensors {
      let file = parts[tensor.fileIndex].name
      guard let shard = missing.removeValue(forKey: tensor.name.utf8Key) else {
        throw ModelError(
          .malformed, "tensor-not-in-index", "the index \(index.name) does not name the tensor",
          file: file, tensor: tensor.name)
      }
      guard shard == file else {
        throw ModelError(
          .malformed, "tensor-in-other-shard", "the index \(index.name) has the tensor in \(shard)",
          file: file, tensor: tensor.name)
      }
      byteCount = try Checked.sum(byteCount, tensor.byteCount)
    }
    let absent = missing.min { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
    if let absent {
      throw ModelError(
        .malformed, "tensor-missing",
        "the index \(index.name) has \(missing.count) tensors that are in no shard",
        file: absent.value, tensor: absent.key.text)
    }
    if let expected = index.totalByteCount, expected != byteCount {
      throw ModelError(
        .malformed, "total-size-mismatch",
        "`total_size` is \(expected), and the tensors have \(byteCount) bytes", file: index.name)
    }
  }
}
