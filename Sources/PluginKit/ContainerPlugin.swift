public import Tensors

/// A container plugin as its author writes it in Swift: four pure functions.
///
/// `PluginGuest` turns them into the functions of the C table, so that no Swift type or error
/// crosses the library's boundary.
public protocol ContainerPlugin {
  /// Who this is; becomes the table's manifest.
  static var manifest: PluginManifest { get }

  /// How many bits of `prefix` (the file's first bytes, 64 KiB at most) identify this format; 0 if
  /// it is not this format.
  static func probe(_ prefix: UnsafeRawBufferPointer, fileByteCount: Int) -> Int

  /// Reads and checks everything but the weights. `fileIndex` of the tensors is 0.
  static func index(of source: any ByteSource, limits: Limits) throws(ModelError)
    -> ContainerIndex

  /// The exact bytes and offsets of a file that holds `index`.
  static func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout
}

/// What a plugin says of itself.
public struct PluginManifest: Sendable, Equatable {
  /// 1 to 32 characters of `[a-z0-9_]`, beginning with a letter.
  public var id: String
  /// The format's name as people write it.
  public var name: String
  /// Three numbers with dots.
  public var version: String
  /// One line.
  public var summary: String
  /// An SPDX expression.
  public var license: String
  /// File-name extensions without the dot; the first one is used for new files.
  public var extensions: [String]

  /// Creates a manifest.
  public init(
    id: String, name: String, version: String, summary: String, license: String,
    extensions: [String]
  ) {
    self.id = id
    self.name = name
    self.version = version
    self.summary = summary
    self.license = license
    self.extensions = extensions
  }
}
