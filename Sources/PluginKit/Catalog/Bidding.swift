internal import Tensors

/// Who reads a file: every plugin bids on its first bytes, and the highest bid wins.
enum Bidding {
  /// The most that a plugin is shown.
  static let prefixByteCount = 64 << 10

  /// The first bytes of `source`. Throws what the source throws.
  static func prefix(of source: any ByteSource) throws(ModelError) -> [UInt8] {
    try source.bytes(at: 0, byteCount: min(prefixByteCount, source.byteCount))
  }

  /// The index of the highest of `bids`.
  ///
  /// Throws `unsupported` (`unknown-format`) with the first bytes if nobody bids; `refused`
  /// (`ambiguous-format`) naming two plugins whose bids are equal.
  static func winner(bids: [Int], ids: [String], prefix: [UInt8]) throws(ModelError) -> Int {
    guard let highest = bids.max(), highest > 0, let winner = bids.firstIndex(of: highest) else {
      throw ModelError(
        .unsupported, "unknown-format",
        prefix.isEmpty
          ? "the file is empty"
          : "no plugin knows a file that begins with \(escaped(prefix.prefix(16))); tried: "
            + (ids.isEmpty ? "none, for there is no plugin" : ids.joined(separator: ", ")))
    }
    if let rival = bids.lastIndex(of: highest), rival != winner {
      throw ModelError(
        .refused, "ambiguous-format",
        "the plugins \(ids[winner]) and \(ids[rival]) both claim the file with \(highest) bits")
    }
    return winner
  }

  /// `bytes` in quotes, printable ASCII as it is and the rest as `\xNN`.
  static func escaped(_ bytes: some Sequence<UInt8>) -> String {
    var text = "\""
    for byte in bytes {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        text += "\\" + String(UnicodeScalar(byte))
      } else if (0x20..<0x7F).contains(byte) {
        text += String(UnicodeScalar(byte))
      } else {
        text += "\\x" + lowercaseHex([byte])
      }
    }
    return text + "\""
  }
}
