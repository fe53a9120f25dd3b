internal import Tensors

/// A tensor that is assembled while it is read.
struct AssembledTensor: Sendable {
  var assembly: Assembly
  var sources: [UnitSource]
  /// Bytes of a unit; the same for all sources.
  var unitByteCount: Int
}

/// Reads translated tensors of one file; those of the original plugin are read by it.
struct TranslationReader: ContainerReader {
  /// The checkpoint as found.
  let original: Checkpoint
  /// Who reads tensors with a lower index.
  let originalReader: (any ContainerReader)?
  /// The index of the first translated tensor.
  let firstIndex: Int
  let tensors: [AssembledTensor]

  /// Any range of bytes; the same bytes whatever the range. Memory is at most a few MiB.
  func read(
    tensorAt indexInFile: Int, offset: Int, into destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    guard indexInFile >= firstIndex, indexInFile - firstIndex < tensors.count else {
      guard let originalReader else {
        throw ModelError(
          .pluginFailed, "read-missing", "tensor \(indexInFile) is none that was translated")
      }
      return try originalReader.read(
        tensorAt: indexInFile, offset: offset, into: destination)
    }
    let tensor = tensors[indexInFile - firstIndex]
    let (byteCount, overflow) = tensor.assembly.unitCount
      .multipliedReportingOverflow(by: tensor.unitByteCount)
    guard !overflow, offset >= 0, offset <= byteCount, destination.count <= byteCount - offset
    else {
      throw ModelError(
        .malformed, "read-past-end",
        "\(destination.count) bytes from \(offset) go past the end (\(byteCount) bytes)")
    }
    try AssemblyReading(tensor, original).read(offset: offset, into: destination)
  }
}
