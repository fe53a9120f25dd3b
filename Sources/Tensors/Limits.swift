/// What a reader may use, whatever a file claims.
public struct Limits: Sendable, Equatable {
  /// Bytes of everything that is not tensor data.
  public var headerByteCount: Int
  /// Tensors in one checkpoint.
  public var tensorCount: Int
  /// Metadata entries in one file.
  public var metadataCount: Int
  /// Extents of one shape.
  public var rank: Int

  /// Creates limits; the defaults hold every published model with room to spare: 512 MiB of header
  /// (100 MB is safetensors' own bound), 1 000 000 tensors, 100 000 metadata entries, rank 64.
  public init(
    headerByteCount: Int = 512 << 20, tensorCount: Int = 1_000_000,
    metadataCount: Int = 100_000, rank: Int = 64
  ) {
    self.headerByteCount = headerByteCount
    self.tensorCount = tensorCount
    self.metadataCount = metadataCount
    self.rank = rank
  }
}
