import Tensors

/// A container for these tests alone: the number of tensors in eight bytes, then the data, each
/// tensor at a multiple of `alignment`, and `trailer` at the end.
struct TestFormat: ContainerFormat {
  var id = "test"
  var alignment = 1
  var trailer: [UInt8] = []
  /// Metadata other than strings is refused, as by safetensors.
  var holdsOnlyStrings = false

  var identity: ContainerIdentity {
    ContainerIdentity(id: id, version: "1", libraryPath: nil, extensions: [id])
  }

  func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    if holdsOnlyStrings, index.metadata.contains(where: { $0.value.string == nil }) {
      throw ModelError(.invalidArgument, "metadata-not-string", "only strings")
    }
    var segments = [ContainerLayout.Segment(offset: 0, bytes: header(index.tensors.count))]
    var offsets: [Int] = []
    var end = 8
    for tensor in index.tensors {
      let start = try Checked.roundUp(end, to: alignment)
      if start > end {
        segments.append(.init(offset: end, bytes: [UInt8](repeating: 0, count: start - end)))
      }
      offsets.append(start)
      end = try Checked.sum(start, tensor.byteCount)
    }
    if !trailer.isEmpty { segments.append(.init(offset: end, bytes: trailer)) }
    return ContainerLayout(
      byteCount: end + trailer.count, segments: segments, tensorOffsets: offsets)
  }

  private func header(_ count: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
  }
}
