internal import CIngotPlugin
internal import Tensors

extension ModelError.Code {
  /// The number that stands for this code in the C contract.
  ///
  /// Codes that no plugin can mean, such as `conflict`, become `INGOT_FAILED`.
  var contractCode: Int32 {
    switch self {
    case .malformed: Int32(INGOT_MALFORMED)
    case .unsupported: Int32(INGOT_UNSUPPORTED)
    case .limitExceeded: Int32(INGOT_LIMIT_EXCEEDED)
    case .invalidArgument: Int32(INGOT_INVALID_ARGUMENT)
    case .io: Int32(INGOT_IO)
    case .refused: Int32(INGOT_REFUSED)
    case .corrupted: Int32(INGOT_CORRUPTED)
    case .pluginFailed, .notFound, .cancelled, .conflict: Int32(INGOT_FAILED)
    }
  }

  /// The code that a number of the C contract stands for; nil for a number it does not define.
  init?(contractCode: Int32) {
    switch Int(contractCode) {
    case INGOT_MALFORMED: self = .malformed
    case INGOT_UNSUPPORTED: self = .unsupported
    case INGOT_LIMIT_EXCEEDED: self = .limitExceeded
    case INGOT_INVALID_ARGUMENT: self = .invalidArgument
    case INGOT_IO: self = .io
    case INGOT_REFUSED: self = .refused
    case INGOT_CORRUPTED: self = .corrupted
    case INGOT_FAILED: self = .pluginFailed
    default: return nil
    }
  }
}

/// Whether `text` can be an error's reason: 1 to 64 characters of `[a-z0-9-]`.
func isReasonToken(_ text: String) -> Bool {
  (1...64).contains(text.utf8.count)
    && text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
}
