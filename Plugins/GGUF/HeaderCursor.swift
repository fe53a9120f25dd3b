import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

#if _endian(big)
  #error("GGUF arrays are copied as they lie, in little-endian order")
#endif

/// Reads a header from front to back through a window, so that memory is bounded by the window and
/// by what the caller keeps, and nothing is read twice.
///
/// All numbers are little-endian. Every method throws `malformed` (`truncated`) at the end of the
/// file, `limitExceeded` (`header-over-limit`) beyond the limit, and what the source throws.
struct HeaderCursor: ~Copyable {
  /// Bytes that one read of the source asks for.
  static let windowByteCount = 256 << 10

  private let source: any ByteSource
  private let limit: Int
  private let window: UnsafeMutableRawPointer
  private var windowOffset = 0
  private var filled = 0
  private var taken = 0

  /// Begins at byte 0 of `source`; `limit` bounds what may be read, in bytes.
  init(_ source: any ByteSource, limit: Int) {
    self.source = source
    self.limit = min(limit, source.byteCount)
    window = .allocate(byteCount: Self.windowByteCount, alignment: 16)
  }

  deinit { window.deallocate() }

  /// Bytes from the start of the file to the next byte.
  var offset: Int { windowOffset + taken }

  /// Bytes from the next one to the end of the file.
  var remaining: Int { source.byteCount - offset }

  /// Takes a number.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws(ModelError) -> T {
    try require(MemoryLayout<T>.size)
    defer { taken += MemoryLayout<T>.size }
    return T(littleEndian: (window + taken).loadUnaligned(as: T.self))
  }

  /// Takes a count of things that take at least `byteCount` bytes each; throws `malformed` with
  /// `reason` if the rest of the file cannot hold them.
  mutating func count(of byteCount: Int, _ reason: String) throws(ModelError) -> Int {
    let start = offset
    let claimed = try integer(UInt64.self)
    let present = remaining / byteCount
    guard claimed <= UInt64(present) else {
      throw ModelError(
        .malformed, reason, "a count is \(claimed); the file has room for \(present)",
        offset: UInt64(start))
    }
    return Int(claimed)
  }

  /// Takes `byteCount` bytes of UTF-8; throws `malformed` (`not-utf8`).
  mutating func text(byteCount: Int) throws(ModelError) -> String {
    let start = offset
    let text: String?
    if byteCount <= Self.windowByteCount {
      try require(byteCount)
      text = Self.text(UnsafeRawBufferPointer(start: window + taken, count: byteCount))
      taken += byteCount
    } else {
      text = try elements(UInt8.self, count: byteCount).withUnsafeBytes(Self.text)
    }
    guard let text else {
      throw ModelError(
        .malformed, "not-utf8", "a string is not valid UTF-8", offset: UInt64(start))
    }
    return text
  }

  /// `bytes` as a string; nil if they are not valid UTF-8. Decoding repairs what is not valid, so
  /// the bytes are the same exactly if nothing was repaired; that takes a third of the time of
  /// `String(validating:as:)`, which a vocabulary of 150 000 strings shows.
  private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
    var text = String(decoding: bytes, as: UTF8.self)
    let isSame = text.withUTF8 { decoded in
      decoded.count == bytes.count
        && (bytes.isEmpty || memcmp(decoded.baseAddress!, bytes.baseAddress!, bytes.count) == 0)
    }
    return isSame ? text : nil
  }

  /// Takes `count` numbers, for which the caller has checked that the file has the bytes.
  mutating func elements<T: BitwiseCopyable>(
    _: T.Type, count: Int
  ) throws(ModelError) -> [T] {
    let byteCount = try Checked.product(count, MemoryLayout<T>.stride)
    try checkAvailable(byteCount)
    var failure: ModelError?
    let array = [T](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      do throws(ModelError) {
        try copy(into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: byteCount))
        initializedCount = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return array
  }

  private mutating func copy(
    into destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    let inWindow = min(destination.count, filled - taken)
    destination.copyMemory(from: UnsafeRawBufferPointer(start: window + taken, count: inWindow))
    taken += inWindow
    guard inWindow < destination.count else { return }
    let rest = UnsafeMutableRawBufferPointer(rebasing: destination[inWindow...])
    try source.read(into: rest, at: offset)
    windowOffset = offset + rest.count
    filled = 0
    taken = 0
  }

  /// Makes `byteCount` bytes, at most a window, available at `taken`.
  @inline(__always)
  private mutating func require(_ byteCount: Int) throws(ModelError) {
    if byteCount > filled - taken { try refill(byteCount) }
  }

  @inline(never)
  private mutating func refill(_ byteCount: Int) throws(ModelError) {
    try checkAvailable(byteCount)
    let kept = filled - taken
    window.copyMemory(from: window + taken, byteCount: kept)
    windowOffset += taken
    taken = 0
    filled = kept
    let next = windowOffset + kept
    let wanted = min(Self.windowByteCount - kept, limit - next)
    try source.read(
      into: UnsafeMutableRawBufferPointer(start: window + kept, count: wanted), at: next)
    filled += wanted
  }

  private func checkAvailable(_ byteCount: Int) throws(ModelError) {
    guard byteCount > limit - offset else { return }
    guard byteCount <= remaining else {
      throw ModelError(
        .malformed, "truncated",
        "the header needs \(byteCount) more bytes and the file has \(remaining)",
        offset: UInt64(offset))
    }
    throw ModelError(
      .limitExceeded, "header-over-limit", "the header goes past the limit of \(limit) bytes",
      offset: UInt64(offset))
  }
}
