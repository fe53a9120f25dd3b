import Tensors

/// A container with metadata, padded like a real one: the length of the header's text in eight bytes,
/// the text `key=TYPE:VALUE` line by line, spaces up to `alignment`, then the tensors, each at a
/// multiple of `alignment` with zeros before.
struct MetadataFormat: ContainerFormat {
  var id = "test"
  var alignment = 32

  var identity: ContainerIdentity {
    ContainerIdentity(id: id, version: "1", libraryPath: nil, extensions: [id])
  }

  func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    var text: [UInt8] = []
    for entry in index.metadata { text += Array("\(entry.key)=\(entry.value)\n".utf8) }
    while (text.count + 8) % alignment != 0 { text.append(0x20) }
    let count = text.count
    var segments = [
      ContainerLayout.Segment(
        offset: 0, bytes: (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + text)
    ]
    var end = text.count + 8
    var offsets: [Int] = []
    for tensor in index.tensors {
      let start = try Checked.roundUp(end, to: alignment)
      if start > end {
        segments.append(.init(offset: end, bytes: [UInt8](repeating: 0, count: start - end)))
      }
      offsets.append(start)
      end = try Checked.sum(start, tensor.byteCount)
    }
    return ContainerLayout(byteCount: end, segments: segments, tensorOffsets: offsets)
  }
}
