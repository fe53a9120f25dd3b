/// What a container file holds besides the weights, in file order.
public struct ContainerIndex: Sendable, Equatable {
  /// The tensors, in file order.
  public var tensors: [TensorInfo]
  /// The metadata, in file order.
  public var metadata: [MetadataEntry]

  /// Creates an index.
  public init(tensors: [TensorInfo], metadata: [MetadataEntry]) {
    self.tensors = tensors
    self.metadata = metadata
  }
}

/// Where every byte of a container file goes: the counterpart of `ingot_layout`.
///
/// Segments and tensors together cover `0..<byteCount` once, without a gap.
public struct ContainerLayout: Sendable, Equatable {
  /// A run of bytes besides tensor data: header, padding, trailer.
  public struct Segment: Sendable, Equatable {
    /// Bytes from the start of the file.
    public var offset: Int
    /// The bytes.
    public var bytes: [UInt8]

    /// Creates a segment.
    public init(offset: Int, bytes: [UInt8]) {
      self.offset = offset
      self.bytes = bytes
    }
  }

  /// The size of the file.
  public var byteCount: Int
  /// Everything besides tensor data, by rising offset.
  public var segments: [Segment]
  /// One offset for each tensor of the index, in its order.
  public var tensorOffsets: [Int]

  /// Creates a layout.
  public init(byteCount: Int, segments: [Segment], tensorOffsets: [Int]) {
    self.byteCount = byteCount
    self.segments = segments
    self.tensorOffsets = tensorOffsets
  }
}

/// Who wrote or will write a file: recorded in manifests.
public struct ContainerIdentity: Sendable, Hashable {
  /// The plugin's id, such as `gguf`.
  public var id: String
  /// The plugin's version.
  public var version: String
  /// The path of the plugin's library; nil if it is linked statically.
  public var libraryPath: String?
  /// File-name extensions without the dot; the first one is used for new files.
  public var extensions: [String]

  /// Creates an identity.
  public init(id: String, version: String, libraryPath: String?, extensions: [String]) {
    self.id = id
    self.version = version
    self.libraryPath = libraryPath
    self.extensions = extensions
  }
}

/// A container format that can be written: given what to hold, the exact bytes around the weights.
///
/// `PluginKit` makes these out of plugins; `Conversion` uses them; neither knows the other.
public protocol ContainerFormat: Sendable {
  /// Who writes.
  var identity: ContainerIdentity { get }

  /// The layout of a file that holds `index` (offsets in it are ignored). The same index gives the
  /// same layout. Throws `invalidArgument` if the format cannot hold a name, type, shape or value.
  func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout
}

/// One opened file of a checkpoint that can deliver tensor bytes which are no plain extents.
public protocol ContainerReader: Sendable {
  /// Fills `destination` with bytes of one tensor's data, from `offset` within that data.
  /// Safe to call from several threads. Throws what the plugin reports.
  func read(
    tensorAt indexInFile: Int, offset: Int, into destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError)
}
