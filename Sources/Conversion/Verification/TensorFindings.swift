internal import Digests
internal import Tensors

/// Which parts of a file differ, once it is known that the file does.
enum TensorFindings {
  /// One finding for each tensor whose digest differs; one for the header if no tensor accounts
  /// for the difference.
  static func of(_ file: Manifest.File, in source: FileByteSource) throws(ModelError) -> [OutputFinding] {
    var findings: [OutputFinding] = []
    for tensor in file.tensors {
      let digest = try digest(of: tensor, in: source)
      guard digest != tensor.digest else { continue }
      findings.append(
        OutputFinding(
          kind: .tensor, file: file.path, tensor: tensor.name, expected: tensor.digest.hex,
          found: digest.hex))
    }
    if findings.isEmpty, !file.tensors.isEmpty {
      findings.append(
        OutputFinding(
          kind: .header, file: file.path, expected: "the header as written",
          found: "other bytes outside the tensors"))
    }
    return findings
  }

  /// The tensor digest of what the file holds at the tensor's extent.
  static func digest(of tensor: Manifest.Tensor, in source: some ByteSource) throws(ModelError)
    -> Digest
  {
    let leafByteCount = TensorDigest.leafByteCount(of: tensor.encoding)
    let buffer = ByteBuffer(byteCount: min(2 * leafByteCount, tensor.byteCount))
    var leaves: [Digest] = []
    var offset = 0
    while offset < tensor.byteCount {
      let chunk = buffer.prefix(min(2 * leafByteCount, tensor.byteCount - offset))
      try source.read(into: chunk, at: tensor.offset + offset)
      leaves += TensorDigest.leaves(
        of: UnsafeRawBufferPointer(chunk), elementType: tensor.encoding)
      offset += chunk.count
    }
    return TensorDigest.digest(elementType: tensor.encoding, shape: tensor.shape, leaves: leaves)
  }
}
