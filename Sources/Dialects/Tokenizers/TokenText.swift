/// A token's text that is compared and hashed by its bytes.
///
/// `String` calls canonically equivalent texts equal, but a vocabulary may hold `é` as one scalar
/// and as two, under two ids.
struct TokenText: Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (a: TokenText, b: TokenText) -> Bool {
    a.text.utf8.count == b.text.utf8.count && a.text.utf8.elementsEqual(b.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension String {
  /// Whether the bytes are those of `other`.
  func isExactly(_ other: String) -> Bool { TokenText(self) == TokenText(other) }

  /// Whether the bytes begin with those of `prefix`.
  func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

  /// Whether the bytes end with those of `suffix`.
  func ends(with suffix: String) -> Bool {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// Without the first `count` bytes, which are whole scalars.
  func dropping(_ count: Int) -> String { String(decoding: utf8.dropFirst(count), as: UTF8.self) }

  /// With each scalar `old` replaced by `new`.
  func replacing(_ old: UnicodeScalar, by new: UnicodeScalar) -> String {
    guard unicodeScalars.contains(old) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars { result.append(scalar == old ? new : scalar) }
    return String(result)
  }
}
