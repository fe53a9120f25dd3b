public import PluginKit
public import Tensors

/// The safetensors container: eight bytes of length, a JSON header, then the tensors without a gap.
///
/// The byte layout and every rule with its reason are in `Formats/Safetensors/FORMAT.md`. Source:
/// the format section of the safetensors README and `safetensors/src/tensor.rs`, version 0.8.
public enum SafetensorsContainer: ContainerPlugin {
  /// The bound of the format on the JSON header, in bytes.
  static let maximumHeaderByteCount = 100_000_000

  /// Bytes in front of the JSON header.
  static let prefixByteCount = 8

  /// Who this is.
  public static let manifest = PluginManifest(
    id: "safetensors", name: "safetensors", version: "1.0.0",
    summary: "Reads and writes safetensors files, every element type of version 0.8.",
    license: "Apache-2.0", extensions: ["safetensors"])

  /// How many bits of `prefix` say that this is a safetensors file.
  ///
  /// The format has no magic number. A brace after the length counts 8 bits, the quotation mark or
  /// brace that must follow it 8 more, and a length within the format's bound the 37 zero bits that
  /// it begins with; a brace alone still bids, so that a wrong length gets an error that names it.
  public static func probe(_ prefix: UnsafeRawBufferPointer, fileByteCount: Int) -> Int {
    guard prefix.count >= prefixByteCount else { return 0 }
    let headerByteCount = UInt64(
      littleEndian: prefix.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    let text = prefix.dropFirst(prefixByteCount).drop(while: isWhitespace)
    guard text.first == UInt8(ascii: "{") else { return 0 }
    var bits = 8
    if let next = text.dropFirst().first(where: { !isWhitespace($0) }),
      next == UInt8(ascii: "\"") || next == UInt8(ascii: "}")
    {
      bits += 8
    }
    if headerByteCount <= UInt64(maximumHeaderByteCount) { bits += 37 }
    return bits
  }

  /// Reads the header and checks it against the file's size; no weights are read.
  ///
  /// Tensors come in the order of their data; those without data keep the header's order in front of
  /// the tensor that begins at the same offset. Metadata comes in the header's order.
  ///
  /// Throws `malformed` for what the format forbids, `refused` for duplicate names and NUL in names,
  /// `limitExceeded` for what `limits` or the bound on names forbid; FORMAT.md lists the reasons.
  public static func index(of source: any ByteSource, limits: Limits) throws(ModelError)
    -> ContainerIndex
  {
    let headerByteCount = try headerByteCount(of: source, limits: limits)
    let text = try source.bytes(at: prefixByteCount, byteCount: headerByteCount)
    var header = SafetensorsHeader(limits: limits)
    try header.parse(text)
    let dataOffset = prefixByteCount + headerByteCount
    return ContainerIndex(
      tensors: try header.extents(dataOffset: dataOffset, fileByteCount: source.byteCount),
      metadata: header.metadata)
  }

  private static func headerByteCount(
    of source: any ByteSource, limits: Limits
  ) throws(ModelError) -> Int {
    guard source.byteCount >= prefixByteCount else {
      throw ModelError(
        .malformed, "file-too-short",
        "a safetensors file has at least \(prefixByteCount) bytes, this one \(source.byteCount)",
        offset: 0)
    }
    let claimed = try source.bytes(at: 0, byteCount: prefixByteCount).withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
    }
    // The bound comes first: it makes the sum that follows safe, and names the likelier defect.
    guard claimed <= UInt64(maximumHeaderByteCount) else {
      throw ModelError(
        .malformed, "header-too-large",
        "the header claims \(claimed) bytes; the format allows \(maximumHeaderByteCount)",
        offset: 0)
    }
    let byteCount = Int(claimed)
    guard byteCount <= source.byteCount - prefixByteCount else {
      throw ModelError(
        .malformed, "header-past-end",
        "the header claims \(byteCount) bytes; \(source.byteCount - prefixByteCount) follow",
        offset: 0)
    }
    guard byteCount <= limits.headerByteCount else {
      throw ModelError(
        .limitExceeded, "header-over-limit",
        "the header has \(byteCount) bytes; the limit is \(limits.headerByteCount)", offset: 0)
    }
    return byteCount
  }

  private static func isWhitespace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D
  }
}
