internal import CIngotPlugin

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension ingot_string {
  /// The text; nil if the bytes are missing or are not UTF-8.
  var text: String? {
    guard byte_count > 0 else { return "" }
    guard let bytes, let count = Int(exactly: byte_count) else { return nil }
    return String(validUTF8: UnsafeRawBufferPointer(start: bytes, count: count))
  }

  /// The first `bound` bytes as text, with U+FFFD in place of what is not UTF-8; for messages.
  func repairedText(atMost bound: Int) -> String {
    guard let bytes, byte_count > 0 else { return "" }
    let count = Int(clamping: min(byte_count, UInt64(bound)))
    let raw = UnsafeRawBufferPointer(start: bytes, count: count)
    return String(decoding: raw, as: UTF8.self)
  }
}

extension String {
  /// The text that `bytes` spell; nil if they are not UTF-8.
  ///
  /// `String(validating:as:)` takes 180 ns for a short text, because it looks for metadata at run
  /// time; a vocabulary has 300 000 of them. Decoding with repair takes 27 ns, and whoever repairs
  /// changes bytes.
  init?(validUTF8 bytes: UnsafeRawBufferPointer) {
    var text = String(decoding: bytes, as: UTF8.self)
    let isUnchanged = text.withUTF8 { utf8 in
      guard utf8.count == bytes.count else { return false }
      guard let found = utf8.baseAddress, let given = bytes.baseAddress else { return true }
      return memcmp(found, given, utf8.count) == 0
    }
    guard isUnchanged else { return nil }
    self = text
  }
}
