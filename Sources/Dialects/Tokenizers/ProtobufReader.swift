internal import Tensors

/// A pull parser for the wire format of Protocol Buffers over bytes that nobody vouches for:
/// varints, fixed numbers and length-delimited fields; groups are refused.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Takes the next field; nil at the end.
  ///
  /// Throws `malformed` (`protobuf-syntax`) for a truncated or overlong field.
  mutating func next() throws(ModelError) -> (field: UInt64, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let tag = try varint()
    guard tag >> 3 != 0 else { throw syntax("field number 0") }
    switch tag & 7 {
    case 0: return (tag >> 3, .varint(try varint()))
    case 1: return (tag >> 3, .fixed64(try little(8)))
    case 2:
      let count = try varint()
      guard count <= rest.count else {
        throw syntax("a field of \(count) bytes where \(rest.count) are left")
      }
      let taken = rest.prefix(Int(count))
      rest = rest.dropFirst(Int(count))
      return (tag >> 3, .bytes(taken))
    case 5: return (tag >> 3, .fixed32(UInt32(truncatingIfNeeded: try little(4))))
    default: throw syntax("wire type \(tag & 7)")
    }
  }

  private mutating func varint() throws(ModelError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard let byte = rest.popFirst() else { throw syntax("a number does not end") }
      guard shift < 63 || byte <= 1 else { throw syntax("a number is beyond 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw syntax("a number has more than ten bytes")
  }

  private mutating func little(_ count: Int) throws(ModelError) -> UInt64 {
    guard rest.count >= count else { throw syntax("a number does not end") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func syntax(_ message: String) -> ModelError {
    ModelError(
      .malformed, "protobuf-syntax", "no SentencePiece model: \(message)",
      offset: UInt64(rest.startIndex))
  }
}

extension ProtobufReader.Value {
  /// The text of a string field.
  func string() throws(ModelError) -> String {
    guard case .bytes(let bytes) = self, let text = String(validating: bytes, as: UTF8.self) else {
      throw ModelError(.malformed, "not-utf8", "a text of the SentencePiece model is no UTF-8")
    }
    return text
  }

  var bool: Bool? { if case .varint(let number) = self { number != 0 } else { nil } }
  var number: UInt64? { if case .varint(let number) = self { number } else { nil } }
}
