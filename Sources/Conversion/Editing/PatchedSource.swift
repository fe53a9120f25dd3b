internal import Tensors

/// A file as it will be once some of its bytes are replaced.
struct PatchedSource: ByteSource {
  let base: FileByteSource
  let patches: [ContainerLayout.Segment]

  var name: String { base.name }
  var byteCount: Int { base.byteCount }

  func read(into destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(ModelError) {
    try base.read(into: destination, at: offset)
    for patch in patches {
      let start = max(offset, patch.offset)
      let end = min(offset + destination.count, patch.offset + patch.bytes.count)
      guard start < end else { continue }
      patch.bytes[(start - patch.offset)..<(end - patch.offset)].withUnsafeBytes {
        UnsafeMutableRawBufferPointer(
          rebasing: destination[(start - offset)..<(end - offset)]
        ).copyMemory(from: $0)
      }
    }
  }
}
