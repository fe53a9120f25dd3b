/// A 32-byte digest, written as 64 lower-case hexadecimal digits.
public struct Digest: Sendable, Hashable {
  private let words: SIMD4<UInt64>

  /// The 32 bytes.
  public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

  /// Creates a digest from exactly 32 bytes; nil otherwise.
  public init?(bytes: some Sequence<UInt8>) {
    let array = Array(bytes)
    guard array.count == 32 else { return nil }
    self = array.withUnsafeBytes { Digest(first32: $0) }
  }

  /// Creates a digest from the first 32 bytes of `bytes`, which has at least as many.
  public init(first32 bytes: UnsafeRawBufferPointer) {
    words = bytes.loadUnaligned(as: SIMD4<UInt64>.self)
  }

  /// Parses 64 lower-case hexadecimal digits; nil for anything else, upper case included.
  public init?(hex: String) {
    guard let bytes = decodeLowercaseHex(hex), bytes.count == 32 else { return nil }
    self.init(bytes: bytes)
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String { lowercaseHex(bytes) }
}

extension Digest: CustomStringConvertible {
  /// The hexadecimal form.
  public var description: String { hex }
}

/// `bytes` as lower-case hexadecimal digits.
public func lowercaseHex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var result: [UInt8] = []
  for byte in bytes {
    result.append(digits[Int(byte >> 4)])
    result.append(digits[Int(byte & 15)])
  }
  return String(decoding: result, as: UTF8.self)
}

/// The bytes that lower-case hexadecimal digits spell; nil for anything else.
public func decodeLowercaseHex(_ text: String) -> [UInt8]? {
  func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
  let utf8 = Array(text.utf8)
  guard utf8.count % 2 == 0 else { return nil }
  var result: [UInt8] = []
  for index in stride(from: 0, to: utf8.count, by: 2) {
    guard let high = value(utf8[index]), let low = value(utf8[index + 1]) else { return nil }
    result.append(high << 4 | low)
  }
  return result
}
