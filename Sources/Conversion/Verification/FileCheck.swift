internal import Digests
internal import Tensors

/// One file against its manifest entry, in one pass: the file's digest and every tensor's.
///
/// The tensors are digested even where the file's digest is right, because a manifest may lie about
/// them while it tells the truth about the file.
struct FileCheck {
  /// What differs: the file as a whole first, then each tensor; the header where no tensor accounts
  /// for the difference.
  let findings: [OutputFinding]
  /// The file's digest.
  let digest: Digest

  /// The tensors that a file of the wrong size lacks or has changed.
  static func tensorFindings(_ file: Manifest.File, in source: FileByteSource)
    throws(ModelError) -> [OutputFinding]
  {
    var findings: [OutputFinding] = []
    for tensor in file.tensors {
      var found = "cut off"
      if tensor.offset + tensor.byteCount <= source.byteCount {
        let leafByteCount = TensorDigest.leafByteCount(of: tensor.encoding)
        var leaves: [Digest] = []
        for start in stride(from: 0, to: tensor.byteCount, by: leafByteCount) {
          let bytes = try source.bytes(
            at: tensor.offset + start, byteCount: min(leafByteCount, tensor.byteCount - start))
          leaves += bytes.withUnsafeBytes {
            TensorDigest.leaves(of: $0, elementType: tensor.encoding)
          }
        }
        let digest = TensorDigest.digest(
          elementType: tensor.encoding, shape: tensor.shape, leaves: leaves)
        if digest == tensor.digest { continue }
        found = digest.hex
      }
      findings.append(
        OutputFinding(
          kind: .tensor, file: file.path, tensor: tensor.name, expected: tensor.digest.hex,
          found: found))
    }
    return findings
  }

  /// Reads all of `source`. O(1) memory: one leaf.
  init(_ file: Manifest.File, in source: some ByteSource) throws(ModelError) {
    var hash = FileStreamHash()
    var findings: [OutputFinding] = []
    var offset = 0
    let largest = file.tensors.map { TensorDigest.leafByteCount(of: $0.encoding) }.max() ?? 0
    let buffer = ByteBuffer(byteCount: max(FileDigest.chunkByteCount, largest))

    func pass(to end: Int) throws(ModelError) {
      while offset < end {
        let chunk = buffer.prefix(min(FileDigest.chunkByteCount, end - offset))
        try source.read(into: chunk, at: offset)
        hash.update(UnsafeRawBufferPointer(chunk))
        offset += chunk.count
      }
    }
    for tensor in file.tensors.sorted(by: { $0.offset < $1.offset }) {
      try pass(to: tensor.offset)
      let leafByteCount = TensorDigest.leafByteCount(of: tensor.encoding)
      let end = tensor.offset + tensor.byteCount
      var leaves: [Digest] = []
      while offset < end {
        let chunk = buffer.prefix(min(leafByteCount, end - offset))
        try source.read(into: chunk, at: offset)
        leaves += hash.update(UnsafeRawBufferPointer(chunk), leavesOf: tensor.encoding)
        offset += chunk.count
      }
      let digest = TensorDigest.digest(
        elementType: tensor.encoding, shape: tensor.shape, leaves: leaves)
      if digest != tensor.digest {
        findings.append(
          OutputFinding(
            kind: .tensor, file: file.path, tensor: tensor.name, expected: tensor.digest.hex,
            found: digest.hex))
      }
    }
    try pass(to: file.byteCount)
    digest = hash.digest()
    guard digest != file.sha256 else {
      self.findings = findings
      return
    }
    if findings.isEmpty, !file.tensors.isEmpty {
      findings.append(
        OutputFinding(
          kind: .header, file: file.path, expected: "the header as written",
          found: "other bytes outside the tensors"))
    }
    let whole = OutputFinding(
      kind: .content, file: file.path, expected: file.sha256.hex, found: digest.hex)
    self.findings = [whole] + findings
  }
}
