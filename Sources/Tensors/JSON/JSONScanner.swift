/// A strict pull parser for JSON (RFC 8259) over bytes that nobody vouches for.
///
/// It takes UTF-8 only, refuses what serde_json refuses (NaN, leading zeros, lone surrogates, raw
/// control characters, text after the value, byte-order marks), counts depth, and allocates nothing
/// but the strings it returns. Every error names the byte offset.
///
/// Call order: `object = beginObject, { nextKey, value }` where `nextKey` returning nil has taken
/// the closing brace; `array = beginArray, { nextElement, value }` likewise; `finish` at the end.
public struct JSONScanner: ~Copyable {
  let bytes: [UInt8]
  var position = 0
  private var depth = 0
  private var isFirst: [Bool] = []
  private let maximumDepth: Int
  let base: Int

  /// Creates a scanner. `baseOffset` is added to the offsets of errors. Depth counts objects and
  /// arrays; serde_json's bound is 128.
  public init(_ bytes: [UInt8], maximumDepth: Int = 128, baseOffset: Int = 0) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
    self.base = baseOffset
  }

  /// The kind of the value that comes next.
  public enum Kind: Sendable { case object, array, string, number, bool, null }

  /// The offset of the next byte, `baseOffset` included.
  public var offset: Int { base + position }

  /// Looks at the next value without taking it. Throws `malformed` (`json-syntax`).
  public mutating func peek() throws(ModelError) -> Kind {
    skipWhitespace()
    guard position < bytes.count else { throw syntax("a value is missing") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw syntax("no value begins with byte \(bytes[position])")
    }
  }

  /// Takes `{`. Throws `malformed` (`json-syntax`, `json-too-deep`).
  public mutating func beginObject() throws(ModelError) { try begin(UInt8(ascii: "{")) }

  /// Takes `[`. Throws `malformed` (`json-syntax`, `json-too-deep`).
  public mutating func beginArray() throws(ModelError) { try begin(UInt8(ascii: "[")) }

  /// Takes the next key and its colon, or the closing brace and returns nil.
  public mutating func nextKey() throws(ModelError) -> String? {
    guard try next(closing: UInt8(ascii: "}")) else { return nil }
    skipWhitespace()
    let key = try string()
    skipWhitespace()
    try take(UInt8(ascii: ":"))
    return key
  }

  /// Whether another element follows; takes the comma, or the closing bracket and returns false.
  public mutating func nextElement() throws(ModelError) -> Bool {
    try next(closing: UInt8(ascii: "]"))
  }

  /// Takes a number and returns its text, which matches JSON's grammar.
  public mutating func number() throws(ModelError) -> String {
    skipWhitespace()
    let start = position
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    let integerDigits = digits()
    guard integerDigits > 0 else { throw syntax("a number has no digits") }
    if integerDigits > 1, bytes[position - integerDigits] == UInt8(ascii: "0") {
      throw syntax("a number begins with 0")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { throw syntax("no digits after the decimal point") }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      guard digits() > 0 else { throw syntax("no digits in the exponent") }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Takes a number that is an integer of at least 0 and fits an `Int`.
  /// Throws `malformed`: `json-not-an-integer` for `2.0`, `4e0`, `-0`; `number-out-of-range`.
  public mutating func nonNegativeInteger() throws(ModelError) -> Int {
    guard try peek() == .number else { throw syntax("a whole number was expected") }
    let start = position
    let literal = try number()
    guard literal.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw ModelError(
        .malformed, "json-not-an-integer",
        "\(literal.prefix(40)) is not a whole number of at least 0", offset: UInt64(base + start))
    }
    guard let value = Int(literal) else {
      throw ModelError(
        .malformed, "number-out-of-range", "\(literal.prefix(40)) is above \(Int.max)",
        offset: UInt64(base + start))
    }
    return value
  }

  /// Takes `true` or `false`.
  public mutating func bool() throws(ModelError) -> Bool {
    skipWhitespace()
    if position < bytes.count, bytes[position] == UInt8(ascii: "t") {
      try word("true")
      return true
    }
    try word("false")
    return false
  }

  /// Takes `null`.
  public mutating func null() throws(ModelError) {
    skipWhitespace()
    try word("null")
  }

  /// Takes the next value, whatever it is, checking its grammar. Does not recurse.
  public mutating func skipValue() throws(ModelError) {
    let floor = depth
    repeat {
      switch try peek() {
      case .object: try beginObject()
      case .array: try beginArray()
      case .string: _ = try string()
      case .number: _ = try number()
      case .bool: _ = try bool()
      case .null: try null()
      }
      // Take everything that can close here, up to the next value or the end of this one.
      while depth > floor {
        skipWhitespace()
        if closers[closers.count - 1] == UInt8(ascii: "}") {
          if try nextKey() != nil { break }
        } else if try nextElement() {
          break
        }
      }
    } while depth > floor
  }

  /// Requires that nothing but white space is left. Throws `malformed` (`json-trailing-text`).
  public mutating func finish() throws(ModelError) {
    skipWhitespace()
    guard position == bytes.count else {
      throw ModelError(
        .malformed, "json-trailing-text", "\(bytes.count - position) bytes follow the JSON value",
        offset: UInt64(base + position))
    }
  }

  /// A syntax error at the current position.
  public func syntax(_ message: String) -> ModelError {
    ModelError(.malformed, "json-syntax", message, offset: UInt64(base + position))
  }

  private var closers: [UInt8] = []

  private mutating func begin(_ opener: UInt8) throws(ModelError) {
    skipWhitespace()
    try take(opener)
    depth += 1
    guard depth <= maximumDepth else {
      throw ModelError(
        .malformed, "json-too-deep", "values nest deeper than \(maximumDepth)",
        offset: UInt64(base + position))
    }
    isFirst.append(true)
    closers.append(opener == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]"))
  }

  private mutating func next(closing closer: UInt8) throws(ModelError) -> Bool {
    skipWhitespace()
    guard position < bytes.count else { throw syntax("an object or array does not end") }
    if bytes[position] == closer {
      position += 1
      depth -= 1
      isFirst.removeLast()
      closers.removeLast()
      return false
    }
    if isFirst[isFirst.count - 1] {
      isFirst[isFirst.count - 1] = false
    } else {
      try take(UInt8(ascii: ","))
    }
    return true
  }

  mutating func take(_ byte: UInt8) throws(ModelError) {
    guard position < bytes.count, bytes[position] == byte else {
      throw syntax("\(Character(UnicodeScalar(byte))) was expected")
    }
    position += 1
  }

  private mutating func word(_ text: String) throws(ModelError) {
    for byte in text.utf8 {
      guard position < bytes.count, bytes[position] == byte else {
        throw syntax("\(text) was expected")
      }
      position += 1
    }
  }

  private mutating func digits() -> Int {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    return position - start
  }

  mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }
}
