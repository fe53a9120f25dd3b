extension JSONScanner {
  /// Takes a string and decodes its escapes. Throws `malformed` (`json-syntax`, `not-utf8`).
  public mutating func string() throws(ModelError) -> String {
    skipWhitespace()
    try take(UInt8(ascii: "\""))
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
      bytes[position] != UInt8(ascii: "\\"), bytes[position] >= 0x20
    { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      defer { position += 1 }
      return try text(bytes[start..<position], at: start)
    }
    var decoded = Array(bytes[start..<position])
    while true {
      guard position < bytes.count else { throw syntax("a string does not end") }
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(decoded[...], at: start)
      case UInt8(ascii: "\\"): try escape(into: &decoded)
      case 0..<0x20: throw syntax("a raw control character \(byte) in a string")
      default: decoded.append(byte)
      }
    }
  }

  private func text(_ slice: ArraySlice<UInt8>, at start: Int) throws(ModelError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw ModelError(
        .malformed, "not-utf8", "a string is not valid UTF-8", offset: UInt64(base + start))
    }
    return text
  }

  private mutating func escape(into decoded: inout [UInt8]) throws(ModelError) {
    guard position < bytes.count else { throw syntax("a string does not end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"): decoded.append(contentsOf: Character(try unicodeEscape()).utf8)
    default: throw syntax("an unknown escape in a string")
    }
  }

  private mutating func unicodeEscape() throws(ModelError) -> UnicodeScalar {
    let first = try fourHexDigits()
    if let scalar = UnicodeScalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), position + 1 < bytes.count,
      bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
    else { throw syntax("a lone surrogate in a string") }
    position += 2
    let second = try fourHexDigits()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = UnicodeScalar(
        0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
    else { throw syntax("a lone surrogate in a string") }
    return scalar
  }

  private mutating func fourHexDigits() throws(ModelError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue
      else { throw syntax("four hexadecimal digits were expected") }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }
}
