internal import Tensors

/// Checks of a whole index against the file it describes.
enum IndexChecks {
  /// Throws `pluginFailed`: `name-empty`, `duplicate-name`, `duplicate-key`,
  /// `extent-outside-file`, `extents-overlap`, `read-missing`, `limit-not-honoured`,
  /// `rank-too-high`, `size-mismatch`. Names are in the context.
  static func check(
    _ index: ContainerIndex, fileByteCount: Int, limits: Limits, canRead: Bool
  ) throws(ModelError) {
    guard index.tensors.count <= limits.tensorCount, index.metadata.count <= limits.metadataCount
    else {
      throw ModelError(
        .pluginFailed, "limit-not-honoured",
        "\(index.tensors.count) tensors and \(index.metadata.count) metadata entries are above "
          + "the limits \(limits.tensorCount) and \(limits.metadataCount)")
    }
    try checkNames(index)
    for tensor in index.tensors {
      do throws(ModelError) {
        try check(tensor, fileByteCount: fileByteCount, limits: limits, canRead: canRead)
      } catch {
        throw error.at(tensor: tensor.name)
      }
    }
    try checkOverlap(index.tensors)
  }

  private static func checkNames(_ index: ContainerIndex) throws(ModelError) {
    var names = Set<String.UTF8Key>(minimumCapacity: index.tensors.count)
    for tensor in index.tensors {
      guard !tensor.name.isEmpty else {
        throw ModelError(
          .pluginFailed, "name-empty", "tensor \(tensor.indexInFile) has an empty name")
      }
      guard names.insert(tensor.name.utf8Key).inserted else {
        throw ModelError(
          .pluginFailed, "duplicate-name", "two tensors have this name", tensor: tensor.name)
      }
    }
    var keys = Set<String.UTF8Key>(minimumCapacity: index.metadata.count)
    for entry in index.metadata where !keys.insert(entry.key.utf8Key).inserted {
      throw ModelError(
        .pluginFailed, "duplicate-key", "the metadata key \"\(entry.key)\" appears twice")
    }
  }

  private static func check(
    _ tensor: TensorInfo, fileByteCount: Int, limits: Limits, canRead: Bool
  ) throws(ModelError) {
    guard tensor.shape.rank <= limits.rank else {
      throw ModelError(
        .pluginFailed, "rank-too-high", "rank \(tensor.shape.rank) is above \(limits.rank)")
    }
    guard tensor.byteCount == (try tensor.elementType.byteCount(of: tensor.shape)) else {
      throw ModelError(
        .pluginFailed, "size-mismatch",
        "\(tensor.elementType.rawValue) \(tensor.shape) does not take \(tensor.byteCount) bytes")
    }
    if tensor.isReadByPlugin {
      guard canRead else {
        throw ModelError(
          .pluginFailed, "read-missing", "a tensor needs the function `read`, which is missing")
      }
    } else {
      guard tensor.offset >= 0, tensor.offset <= fileByteCount,
        tensor.byteCount <= fileByteCount - tensor.offset
      else {
        throw ModelError(
          .pluginFailed, "extent-outside-file",
          "\(tensor.byteCount) bytes from \(tensor.offset) are said to be in a file of "
            + "\(fileByteCount) bytes", offset: UInt64(exactly: tensor.offset))
      }
    }
  }

  private static func checkOverlap(_ tensors: [TensorInfo]) throws(ModelError) {
    var order = tensors.indices.filter { !tensors[$0].isReadByPlugin && tensors[$0].byteCount > 0 }
    // File order is the rule, and then nothing needs sorting.
    if zip(order, order.dropFirst()).contains(where: { tensors[$0].offset > tensors[$1].offset }) {
      order.sort { tensors[$0].offset < tensors[$1].offset }
    }
    for (before, after) in zip(order, order.dropFirst())
    where tensors[before].offset + tensors[before].byteCount > tensors[after].offset {
      throw ModelError(
        .pluginFailed, "extents-overlap",
        "its bytes overlap those of \"\(tensors[before].name)\"", tensor: tensors[after].name,
        offset: UInt64(exactly: tensors[after].offset))
    }
  }
}
