/// An encoding as a value, looked up by name: its geometry and, where Ingot knows the arithmetic,
/// its two directions.
public struct Codec: Sendable {
  /// The name in the specification, such as `Q4_0`; case-sensitive.
  public let name: String
  /// Elements in one block.
  public let blockElementCount: Int
  /// Bytes of one block.
  public let blockByteCount: Int
  /// The arithmetic; nil for types that are only ever copied.
  public let encoding: (any Encoding.Type)?

  /// The codec of `encoding`.
  public init(_ encoding: any Encoding.Type) {
    name = encoding.name
    blockElementCount = encoding.blockElementCount
    blockByteCount = encoding.blockByteCount
    self.encoding = encoding
  }

  /// A type of one element a block that is only ever copied.
  init(copiedOnly name: String, byteCount: Int) {
    self.name = name
    blockElementCount = 1
    blockByteCount = byteCount
    encoding = nil
  }

  /// Whether `decode` may be called.
  public var canDecode: Bool { encoding != nil }

  /// Whether `encode` may be called.
  public var canEncode: Bool { writing != nil }

  /// The arithmetic of both directions; nil for types that Ingot does not write.
  public var writing: (any WritableEncoding.Type)? { encoding as? any WritableEncoding.Type }

  /// The arithmetic with weights; nil for types that make no use of them.
  public var weighting: (any WeightedEncoding.Type)? { encoding as? any WeightedEncoding.Type }

  /// Whether the elements of a block share a scale.
  public var isQuantized: Bool { encoding?.isQuantized ?? false }

  /// Bytes of `elementCount` elements; nil if they are not whole blocks or the product overflows.
  public func byteCount(ofElements elementCount: Int) -> Int? {
    guard elementCount >= 0, elementCount % blockElementCount == 0 else { return nil }
    let (count, overflow) = (elementCount / blockElementCount)
      .multipliedReportingOverflow(by: blockByteCount)
    return overflow ? nil : count
  }

  /// Decodes `blocks` to F32; `values` has room for exactly their elements.
  ///
  /// A precondition is that `canDecode`. Exact but for F64, which rounds; see each encoding.
  public func decode(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>,
    level: CPULevel = .current
  ) {
    arithmetic.decode(blocks, into: values, level: level)
  }

  /// Encodes `values`, whole blocks of them; `blocks` has exactly the room for them.
  ///
  /// A precondition is that `canEncode`. Values need not be finite, but what becomes of NaN,
  /// infinity and overflow is seldom wanted: `ValueScan` and `overflow(in:)` find them first.
  public func encode(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    level: CPULevel = .current
  ) {
    writer.encode(values, into: blocks, level: level)
  }

  /// As `encode`, and measures what is lost while the blocks are in the innermost cache.
  public func encodeMeasuring(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    level: CPULevel = .current
  ) -> ErrorSums {
    writer.encodeMeasuring(values, into: blocks, level: level)
  }

  /// The encoding of a codec that has one; asking another one is an error of the caller.
  var arithmetic: any Encoding.Type {
    guard let encoding else { preconditionFailure("\(name) is only ever copied") }
    return encoding
  }

  /// Likewise for writing.
  var writer: any WritableEncoding.Type {
    guard let writing else { preconditionFailure("\(name) is never written") }
    return writing
  }
}
