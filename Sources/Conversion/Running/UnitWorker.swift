internal import Dialects
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
  private let importance: ImportanceMatrix?
  private let factors: TensorFactors
  private let source: ByteBuffer
  /// Of the tensor that came last: units mostly follow each other, and what was found out about a row
  /// that is longer than one holds for the next.
  private var last: (tensor: PlannedTensor, transcoder: LeafTranscoder)?

  /// `factors` are shared by all workers; `sourceByteCount` is the largest unit that will come.
  init(
    _ checkpoint: Checkpoint, nonfinite: NonfinitePolicy, importance: ImportanceMatrix?,
    factors: TensorFactors, sourceByteCount: Int
  ) {
    self.checkpoint = checkpoint
    self.nonfinite = nonfinite
    self.importance = importance
    self.factors = factors
    source = ByteBuffer(byteCount: sourceByteCount)
  }

  /// What is known of a leaf before its output is digested.
  struct MadeLeaf {
    /// The digest of the source's bytes; nil if the output has the same bytes.
    var source: Digest?
    /// What encoding lost; nil where the numbers are the same by type.
    var loss: EncodingLoss?

    /// The record of the leaf whose output has the digest `output`.
    func record(output: Digest) -> LeafRecord {
      LeafRecord(source: source ?? output, output: output, loss: loss)
    }
  }

  /// Fills `output` with the unit's bytes and returns what is known of each leaf.
  ///
  /// Throws `refused` (`nonfinite-values`, `value-overflow`), `io`, what `LeafTranscoder` throws for a
  /// plan that is not to be carried out, or what a plugin reports.
  func make(
    _ tensor: PlannedTensor, _ extent: UnitExtent, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> [MadeLeaf] {
    do throws(ModelError) {
      return switch tensor.outcome {
      case .exact: try copy(tensor, extent, into: output)
      case .repacked, .requantized: try encode(tensor, extent, into: output)
      case .derived: try deriveFactors(tensor, into: output)
      }
    } catch {
      throw error.at(
        file: checkpoint.files[tensor.source.fileIndex].source.name, tensor: tensor.name)
    }
  }

  /// The same bytes: read where they will be written from, and digested once, as output.
  private func copy(
    _ tensor: PlannedTensor, _ extent: UnitExtent, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> [MadeLeaf] {
    try checkpoint.read(tensor.source, offset: extent.sourceOffset, into: output)
    let leafByteCount = TensorDigest.leafByteCount(of: tensor.elementType)
    let leafCount = (output.count + leafByteCount - 1) / leafByteCount
    return [MadeLeaf](repeating: MadeLeaf(), count: leafCount)
  }

  /// The factors of the tensor, at most 2^18 of them: a plan has no others.
  private func deriveFactors(
    _ tensor: PlannedTensor, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> [MadeLeaf] {
    let decoding = try SourceDecoding(
      tensor.source, factors: tensor.sourceFactors, in: checkpoint)
    let highest = try factors.highestMagnitudes(of: tensor.source, decoding)
    for (index, magnitude) in highest.enumerated() {
      output.storeBytes(
        of: nvfp4Factor(forHighest: magnitude), toByteOffset: index * 4, as: Float.self)
    }
    return [MadeLeaf()]
  }

  private func encode(
    _ tensor: PlannedTensor, _ extent: UnitExtent, into output: UnsafeMutableRawBufferPointer
  ) throws(ModelError) -> [MadeLeaf] {
    let bytes = source.prefix(extent.sourceByteCount)
    try checkpoint.read(tensor.source, offset: extent.sourceOffset, into: bytes)
    let sources = TensorDigest.leaves(
      of: UnsafeRawBufferPointer(bytes), elementType: tensor.source.elementType)
    let transcoder = try transcoder(of: tensor)
    var losses: [EncodingLoss?] = []
    for leaf in sources.indices {
      let from = slice(bytes, leaf, tensor.source.elementType)
      let to = slice(output, leaf, tensor.elementType)
      do throws(ModelError) {
        losses.append(
          try transcoder.transcode(
            UnsafeRawBufferPointer(from), from: extent.firstElement + leaf * leafElementCount,
            into: to))
      } catch {
        guard error.code == .refused else { throw error }
        // The message has to name index and count in the whole tensor, not in this leaf.
        throw try NonfiniteDiagnosis(checkpoint, tensor).error ?? error
      }
    }
    return zip(sources, losses).map { MadeLeaf(source: $0, loss: $1) }
  }

  private func transcoder(of tensor: PlannedTensor) throws(ModelError) -> LeafTranscoder {
    if let last, last.tensor == tensor { return last.transcoder }
    let transcoder = try LeafTranscoder(
      tensor, nonfinite: nonfinite, checkpoint: checkpoint,
      weights: tensor.importance == .weighted
        ? try importance?.weights(for: tensor.name, shape: tensor.source.shape) : nil,
      factors: factors)
    last = (tensor, transcoder)
    return transcoder
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
