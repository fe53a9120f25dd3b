/// Random access to bytes that do not change while they are read.
public protocol ByteSource: Sendable {
  /// A name for messages: the path for files.
  var name: String { get }
  /// Bytes in all.
  var byteCount: Int { get }

  /// Fills `destination` from `offset`. Safe to call from several threads.
  /// Throws `malformed` (`read-past-end`) beyond the end, `io` if the system fails.
  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError)
}

extension ByteSource {
  /// `byteCount` bytes from `offset` as an array. The caller has bounded `byteCount`; it is checked
  /// against the end of the source before anything is allocated.
  public func bytes(at offset: Int, byteCount: Int) throws(ModelError) -> [UInt8] {
    try checkRange(offset: offset, byteCount: byteCount)
    var failure: ModelError?
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      do throws(ModelError) {
        try read(
          into: UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount]), at: offset)
        count = byteCount
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Throws `malformed` (`read-past-end`) unless `offset..<offset + byteCount` lies in the source.
  public func checkRange(offset: Int, byteCount: Int) throws(ModelError) {
    guard offset >= 0, byteCount >= 0, offset <= self.byteCount,
      byteCount <= self.byteCount - offset
    else {
      throw ModelError(
        .malformed, "read-past-end",
        "\(byteCount) bytes from \(offset) go past the end (\(self.byteCount) bytes)",
        file: name, offset: UInt64(exactly: offset))
    }
  }
}

/// Bytes in memory: for tests and for headers that are already read.
public struct MemoryByteSource: ByteSource {
  /// A name for messages.
  public let name: String
  private let storage: [UInt8]

  /// Creates a source over `bytes`.
  public init(_ bytes: [UInt8], name: String = "memory") {
    self.storage = bytes
    self.name = name
  }

  /// Bytes in all.
  public var byteCount: Int { storage.count }

  /// Copies from memory; throws `malformed` (`read-past-end`) beyond the end.
  public func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    try checkRange(offset: offset, byteCount: destination.count)
    storage.withUnsafeBytes { bytes in
      destination.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + destination.count)]))
    }
  }
}
