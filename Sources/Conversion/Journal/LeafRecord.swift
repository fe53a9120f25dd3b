internal import Encodings
internal import Tensors

/// What is known of one finished leaf.
struct LeafRecord: Sendable, Equatable {
  /// The digest of the source's bytes.
  var source: Digest
  /// The digest of the output's bytes.
  var output: Digest
  /// What encoding lost; nil where the numbers are the same by type.
  var loss: EncodingLoss?
}

/// Which leaf a record belongs to.
struct LeafKey: Sendable, Hashable {
  var fileIndex: Int
  var tensorIndex: Int
  var leaf: Int
}
