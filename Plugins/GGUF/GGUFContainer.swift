public import PluginKit
public import Tensors

/// The GGUF container: typed metadata, tensor descriptions, then the tensors at aligned offsets.
///
/// The byte layout and every rule with its reason are in `Formats/GGUF/FORMAT.md`. Sources: ggml's
/// `docs/gguf.md` and, where it and the code differ, `ggml/src/gguf.cpp`.
public enum GGUFContainer: ContainerPlugin {
  /// The first four bytes of every file.
  static let magic = Array("GGUF".utf8)

  /// The version that is written.
  static let version: UInt32 = 3

  /// The key that changes the alignment of tensor data.
  static let alignmentKey = "general.alignment"

  /// The alignment without that key, in bytes, and the only one that is written: the C writers of
  /// ggml damage files with another one.
  static let defaultAlignment = 32

  /// Bytes of a metadata key; the specification's bound.
  static let maximumKeyByteCount = 65_535

  /// Bytes of a tensor name: `GGML_MAX_NAME` without its NUL.
  static let maximumNameByteCount = 63

  /// Extents of a shape: `GGML_MAX_DIMS`.
  static let maximumRank = 4

  /// Who this is.
  public static let manifest = PluginManifest(
    id: "gguf", name: "GGUF", version: "1.0.0",
    summary: "Reads GGUF versions 2 and 3 and writes version 3, every ggml element type.",
    license: "Apache-2.0", extensions: ["gguf"])

  /// How many bits of `prefix` say that this is a GGUF file: 32 for the magic, 32 more for a version
  /// that is read. Other versions still bid, so that their error names them.
  public static func probe(_ prefix: UnsafeRawBufferPointer, fileByteCount: Int) -> Int {
    guard prefix.count >= 4, prefix.prefix(4).elementsEqual(magic) else { return 0 }
    guard prefix.count >= 8 else { return 32 }
    let version = UInt32(littleEndian: prefix.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    return version == 2 || version == 3 ? 64 : 32
  }

  /// Reads the header and checks it against the file's size; no weights are read.
  ///
  /// Tensors and metadata come in file order, shapes slowest extent first. Throws `malformed` for
  /// what the format forbids, `unsupported` for other versions, big-endian files, nested arrays and
  /// element types that ggml does not have, `refused` for bytes after the data, `limitExceeded` for
  /// what `limits` or the bound on one value forbid; FORMAT.md lists the reasons.
  public static func index(of source: any ByteSource, limits: Limits) throws(ModelError)
    -> ContainerIndex
  {
    var header = GGUFHeader(limits: limits)
    try header.parse(source)
    return ContainerIndex(tensors: header.tensors, metadata: header.metadata)
  }
}
