/// One tensor of a checkpoint: everything but its weights.
public struct TensorInfo: Sendable, Hashable {
  /// The name, as in the file; not empty, unique within the checkpoint.
  public var name: String
  /// How the elements are stored.
  public var elementType: ElementType
  /// The extents, slowest first.
  public var shape: Shape
  /// Which file of the checkpoint holds the bytes: an index of `Checkpoint.files`.
  public var fileIndex: Int
  /// Bytes from the start of that file; meaningless if `isReadByPlugin`.
  public var offset: Int
  /// Bytes of data.
  public var byteCount: Int
  /// Position in the index of its file.
  public var indexInFile: Int
  /// Whether the bytes are no plain extent of the file and come through the plugin's `read`.
  public var isReadByPlugin: Bool

  /// Creates a description; the caller has checked that `byteCount` fits type and shape.
  public init(
    name: String, elementType: ElementType, shape: Shape, fileIndex: Int = 0, offset: Int,
    byteCount: Int, indexInFile: Int = 0, isReadByPlugin: Bool = false
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.fileIndex = fileIndex
    self.offset = offset
    self.byteCount = byteCount
    self.indexInFile = indexInFile
    self.isReadByPlugin = isReadByPlugin
  }
}
