import Tensors

/// The bytes of a header in the making, spelled as serde_json spells them: no white space, `/` and
/// non-ASCII characters as they are.
struct HeaderText {
  private var bytes: [UInt8]
  private var isFirst = true

  /// Begins with room for the length.
  init() {
    bytes = [UInt8](repeating: 0, count: SafetensorsContainer.prefixByteCount)
    bytes.append(UInt8(ascii: "{"))
  }

  /// Appends `__metadata__`, unless there is none.
  /// Throws `invalidArgument`: `metadata-not-string`, `duplicate-key`, `header-too-large`, and what
  /// names can break.
  mutating func append(metadata: [MetadataEntry]) throws(ModelError) {
    guard !metadata.isEmpty else { return }
    appendKey(SafetensorsHeader.metadataKey)
    append("{")
    var keys: Set<String> = []
    for entry in metadata {
      try SafetensorsContainer.checkName(entry.key)
      guard case .string(let value) = entry.value else {
        throw ModelError(
          .invalidArgument, "metadata-not-string",
          "safetensors holds only strings as metadata; \"\(entry.key)\" is none")
      }
      // Refused before it is copied; `finished` counts exactly.
      guard value.utf8.count <= SafetensorsContainer.maximumHeaderByteCount - bytes.count else {
        throw SafetensorsContainer.headerTooLarge(bytes.count + value.utf8.count)
      }
      if !keys.isEmpty { append(",") }
      guard keys.insert(entry.key).inserted else {
        throw ModelError(
          .invalidArgument, "duplicate-key", "the metadata key \"\(entry.key)\" appears twice")
      }
      quote(entry.key)
      append(":")
      quote(value)
    }
    append("}")
  }

  /// Appends the entry of `tensor`, whose data is `begin..<end` of the data section.
  mutating func append(_ tensor: TensorInfo, begin: Int, end: Int) {
    appendKey(tensor.name)
    append("{\"dtype\":\"\(tensor.elementType.rawValue)\",\"shape\":[")
    append(tensor.shape.dimensions.map(String.init).joined(separator: ","))
    append("],\"data_offsets\":[\(begin),\(end)]}")
  }

  /// Closes the object, pads it with spaces to a multiple of 8 and fills in its length.
  consuming func finished() -> [UInt8] {
    append("}")
    while bytes.count % 8 != 0 { append(" ") }
    let headerByteCount = UInt64(bytes.count - SafetensorsContainer.prefixByteCount).littleEndian
    withUnsafeBytes(of: headerByteCount) { length in
      for (index, byte) in length.enumerated() { bytes[index] = byte }
    }
    return bytes
  }

  private mutating func appendKey(_ key: String) {
    if !isFirst { append(",") }
    isFirst = false
    quote(key)
    append(":")
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func quote(_ text: String) {
    append("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x08: append("\\b")
      case 0x09: append("\\t")
      case 0x0A: append("\\n")
      case 0x0C: append("\\f")
      case 0x0D: append("\\r")
      case 0..<0x20: append("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    append("\"")
  }
}
