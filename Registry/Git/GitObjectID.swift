import Tensors

/// The id of a git object (blob, tree or commit): 20 bytes, written as 40 lower-case hexadecimal
/// digits.
public struct GitObjectID: Sendable, Hashable {
  /// The 20 bytes.
  public let bytes: [UInt8]

  /// Creates an id from exactly 20 bytes; nil otherwise.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 20 else { return nil }
    self.bytes = bytes
  }

  /// Parses 40 lower-case hexadecimal digits; nil for anything else, upper case included.
  public init?(hex: String) {
    guard hex.utf8.count == 40, let bytes = decodeLowercaseHex(hex) else { return nil }
    self.bytes = bytes
  }

  /// 40 lower-case hexadecimal digits.
  public var hex: String { lowercaseHex(bytes) }
}

extension GitObjectID: CustomStringConvertible {
  /// The hexadecimal form.
  public var description: String { hex }
}
