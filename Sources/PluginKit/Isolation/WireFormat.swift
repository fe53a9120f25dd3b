/// The messages that an isolated process sends to the host, over a pipe.
///
/// A message is the eight bytes of `magic` and then records: one byte of `Kind`, eight bytes of
/// payload length, the payload. Integers are in the machine's byte order, for both ends run on it; a
/// text is four bytes of length and UTF-8. Both ends are built from the same source, so there is no version to negotiate: another
/// version has another magic.
///
/// | kind      | payload                                                              |
/// |-----------|----------------------------------------------------------------------|
/// | `stage`   | plugin (4), stage (1): what the process is about to do, and with whom |
/// | `failure` | code, reason, message, tensor (texts), offset (8, all ones for none)  |
/// | `opened`  | plugin (4), the index: see `WireWriter.append(_:)`                    |
/// | `loaded`  | nothing: the library and its table are in order                       |
///
/// A complete message ends with one `failure`, one `opened` or one `loaded`. The host believes none of it.
enum WireFormat {
  /// "INGISO" and the version of these messages.
  static let magic: [UInt8] = Array("INGISO01".utf8)

  /// What a record is.
  enum Kind: UInt8 {
    case stage = 1
    case failure = 2
    case opened = 3
    case loaded = 4
  }

  /// What a plugin is doing.
  enum Stage: UInt8 {
    case loading, probing, opening

    /// For a message: "while it was …".
    var phrase: String {
      switch self {
      case .loading: "being loaded"
      case .probing: "looking at the first bytes"
      case .opening: "opening the file"
      }
    }
  }

  /// Which value a metadata entry or array has; the numbers are those of the C contract.
  enum ValueKind: UInt8 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array
    case uint64, int64, float64
  }
}
