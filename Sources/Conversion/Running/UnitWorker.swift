internal import Digests
internal import Encodings
internal import Tensors

/// Reads, encodes and digests units; one a thread, with memory of its own.
///
/// Everything is done leaf by leaf, in steps whose size is fixed. So neither bytes nor errors
/// depend on how leaves were grouped into units or units given to threads.
final class UnitWorker {
  private let checkpoint: Checkpoint
  private let nonfinite: NonfinitePolicy
  private let source: ByteBuffer

  /// `sourceByteCount` is the largest unit that will come.
  init(_ checkpoint: Checkpoint, nonfinite: NonfinitePolicy, sourceByteCount: Int) {
    self.checkpoint = checkpoint
    self.nonfinite = nonfinite
    source = ByteBuffer(byteCount: sourceByteCount)
  }

  /// Fills `output` with the unit's bytes and returns one record a leaf.
  ///
  /// Throws `refused` (`nonfinite-values`, `value-overflow`), `io`, or what a plugin reports.
  func make(
    _ tensor: PlannedTensor, _ extent: UnitExtent, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> [LeafRecord] {
    do throws(ModelError) {
      return tensor.outcome == .exact
        ? try copy(tensor, extent, into: output) : try encode(tensor, extent, into: output)
    } catch {
      throw error.at(file: checkpoint.files[tensor.source.fileIndex].name, tensor: tensor.name)
    }
  }

  /// The same bytes: read where they will be written from, and digested once.
  private func copy(
    _ tensor: PlannedTensor, _ extent: UnitExtent, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> [LeafRecord] {
    try checkpoint.read(tensor.source, offset: extent.sourceOffset, into: output)
    return TensorDigest.leaves(
      of: UnsafeRawBufferPointer(output), elementType: tensor.elementType
    ).map { LeafRecord(source: $0, output: $0, error: nil) }
  }

  private func encode(
    _ tensor: PlannedTensor, _ extent: UnitExtent, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> [LeafRecord] {
    let bytes = source.prefix(extent.sourceByteCount)
    try checkpoint.read(tensor.source, offset: extent.sourceOffset, into: bytes)
    let sources = TensorDigest.leaves(
      of: UnsafeRawBufferPointer(bytes), elementType: tensor.source.elementType)
    let transcoder = try LeafTranscoder(tensor, nonfinite: nonfinite)
    var errors: [ErrorSums?] = []
    for leaf in sources.indices {
      let from = slice(bytes, leaf, tensor.source.elementType)
      let to = slice(output, leaf, tensor.elementType)
      do throws(ModelError) {
        errors.append(try transcoder.transcode(UnsafeRawBufferPointer(from), into: to))
      } catch {
        // The message has to name index and count in the whole tensor, not in this leaf.
        throw try NonfiniteDiagnosis(checkpoint, tensor).error ?? error
      }
    }
    let outputs = TensorDigest.leaves(
      of: UnsafeRawBufferPointer(output), elementType: tensor.elementType)
    return sources.indices.map {
      LeafRecord(source: sources[$0], output: outputs[$0], error: errors[$0])
    }
  }

  private func slice(
    _ bytes: UnsafeMutableRawBufferPointer, _ leaf: Int, _ type: ElementType
  ) -> UnsafeMutableRawBufferPointer {
    let leafByteCount = TensorDigest.leafByteCount(of: type)
    let start = leaf * leafByteCount
    return UnsafeMutableRawBufferPointer(
      rebasing: bytes[start..<min(start + leafByteCount, bytes.count)])
  }
}
