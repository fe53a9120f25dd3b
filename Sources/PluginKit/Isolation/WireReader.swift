internal import Tensors

/// Takes a message of `WireFormat` apart, from a process that may have been taken over by the file
/// it read: every length is checked against what is left before anything is made of it.
struct WireReader {
  private let bytes: [UInt8]
  private var position = 0
  private var end: Int

  /// Creates a reader at the first byte.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    end = bytes.count
  }

  /// Bytes that are left.
  var remaining: Int { end - position }

  /// Takes the magic. Throws `pluginFailed` (`plugin-protocol`).
  mutating func magic() throws(ModelError) {
    guard bytes.starts(with: WireFormat.magic) else {
      throw WireReader.breach("the answer does not begin as it must")
    }
    position = WireFormat.magic.count
  }

  /// Takes the next record as a reader of its own; nil at the end of the message.
  /// Throws `pluginFailed` (`plugin-protocol`).
  mutating func record() throws(ModelError) -> (kind: WireFormat.Kind, payload: WireReader)? {
    if remaining == 0 { return nil }
    let number = try integer(UInt8.self)
    guard let kind = WireFormat.Kind(rawValue: number) else {
      throw WireReader.breach("a record has the kind \(number)")
    }
    let length = try integer(UInt64.self)
    guard length <= UInt64(remaining) else {
      throw WireReader.breach("a record ends \(length - UInt64(remaining)) bytes too late")
    }
    var payload = self
    payload.end = position + Int(length)
    position = payload.end
    return (kind, payload)
  }

  /// Requires that nothing is left. Throws `pluginFailed` (`plugin-protocol`).
  func finish() throws(ModelError) {
    guard remaining == 0 else {
      throw WireReader.breach("\(remaining) bytes are left in a record")
    }
  }

  /// Takes an integer. Throws `pluginFailed` (`plugin-protocol`) at the end.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws(ModelError) -> T {
    let width = T.bitWidth / 8
    guard remaining >= width else { throw WireReader.breach("the answer is cut off") }
    defer { position += width }
    return bytes.withUnsafeBytes {
      $0.loadUnaligned(fromByteOffset: position, as: T.self)
    }
  }

  /// Takes `count` integers. Throws `pluginFailed` (`plugin-protocol`) if they are not there.
  mutating func integers<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, count: Int)
    throws(ModelError) -> [T]
  {
    let width = T.bitWidth / 8
    guard count <= remaining / width else { throw WireReader.breach("an array is cut off") }
    defer { position += count * width }
    return [T](unsafeUninitializedCapacity: count) { place, initialized in
      bytes.withUnsafeBytes { raw in
        let source = UnsafeRawBufferPointer(
          rebasing: raw[position..<(position + count * width)])
        UnsafeMutableRawBufferPointer(place).copyMemory(from: source)
      }
      initialized = count
    }
  }

  /// Takes a number of things that take at least `unit` bytes each.
  /// Throws `pluginFailed` (`plugin-protocol`) if so many cannot be left.
  mutating func count(unit: Int) throws(ModelError) -> Int {
    let claimed = try integer(UInt64.self)
    guard claimed <= UInt64(remaining / unit) else {
      throw WireReader.breach("\(claimed) parts are announced and cannot be there")
    }
    return Int(claimed)
  }

  /// Takes a text. Throws `pluginFailed` (`plugin-protocol`) if it is cut off or not UTF-8.
  mutating func text() throws(ModelError) -> String {
    let length = Int(try integer(UInt32.self))
    guard length <= remaining else { throw WireReader.breach("a text is cut off") }
    defer { position += length }
    let text = bytes.withUnsafeBytes { raw in
      String(validUTF8: UnsafeRawBufferPointer(rebasing: raw[position..<(position + length)]))
    }
    guard let text else { throw WireReader.breach("a text is not UTF-8") }
    return text
  }

  /// The error of a broken message.
  static func breach(_ message: String) -> ModelError {
    ModelError(.pluginFailed, "plugin-protocol", message)
  }
}
