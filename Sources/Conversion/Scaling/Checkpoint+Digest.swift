internal import Digests
internal import Tensors

extension Checkpoint {
  /// The digest of one tensor, read leaf by leaf. Throws `io`, or what a plugin reports.
  func digest(of tensor: TensorInfo) throws(ModelError) -> Digest {
    let leafByteCount = TensorDigest.leafByteCount(of: tensor.elementType)
    let buffer = ByteBuffer(byteCount: min(leafByteCount, tensor.byteCount))
    var leaves: [Digest] = []
    for start in stride(from: 0, to: tensor.byteCount, by: leafByteCount) {
      let bytes = buffer.prefix(min(leafByteCount, tensor.byteCount - start))
      try read(tensor, offset: start, into: bytes)
      leaves += TensorDigest.leaves(
        of: UnsafeRawBufferPointer(bytes), elementType: tensor.elementType)
    }
    return TensorDigest.digest(
      elementType: tensor.elementType, shape: tensor.shape, leaves: leaves)
  }
}
