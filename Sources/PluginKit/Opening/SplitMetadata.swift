internal import Tensors

/// The metadata keys by which a file says that it is one part of several: `split.no`,
/// `split.count` and `split.tensors.count`, as llama.cpp's `gguf-split` writes them.
///
/// They describe the files, not the model, and are checked and taken out when the parts are joined.
enum SplitMetadata {
  private static let keys = ["split.no", "split.count", "split.tensors.count"]

  /// `metadata` without the keys.
  static func removed(from metadata: [MetadataEntry]) -> [MetadataEntry] {
    metadata.filter { !keys.contains($0.key) }
  }

  /// Checks the keys of every part, where there are any.
  ///
  /// Throws `malformed`: `split-number`, `split-count`, `split-tensor-count` if a part's key does
  /// not fit its place, and `split-metadata-missing` if only some parts have the keys; `refused`
  /// (`incomplete-split`) for a part that is opened by itself.
  static func check(_ parts: [(name: String, index: ContainerIndex)]) throws(ModelError) {
    guard parts.contains(where: { $0.index.metadata["split.count"] != nil }) else { return }
    let tensorCount = parts.reduce(0) { $0 + $1.index.tensors.count }
    for (position, part) in parts.enumerated() {
      let metadata = part.index.metadata
      guard let count = metadata["split.count"] else {
        throw ModelError(
          .malformed, "split-metadata-missing",
          "this part has no `split.count`, and another one has", file: part.name)
      }
      // One part that counts itself as the only one, or as none, is whole.
      if parts.count == 1, let count = count.integer, count <= 1 { continue }
      guard parts.count > 1 else {
        throw ModelError(
          .refused, "incomplete-split",
          "the file is one of \(count.integer ?? 0) parts; open the first one, named "
            + "*-00001-of-*, with all of them beside it", file: part.name)
      }
      try check(count, "split.count", parts.count, "split-count", part.name)
      try check(metadata["split.no"], "split.no", position, "split-number", part.name)
      if let total = metadata["split.tensors.count"] {
        try check(
          total, "split.tensors.count", tensorCount, "split-tensor-count", part.name)
      }
    }
  }

  private static func check(
    _ value: MetadataValue?, _ key: String, _ expected: Int, _ reason: String, _ file: String
  ) throws(ModelError) {
    guard value?.integer == expected else {
      let found = value?.integer.map(String.init) ?? "missing or no number"
      throw ModelError(
        .malformed, reason, "`\(key)` is \(found) and should be \(expected)", file: file)
    }
  }
}
