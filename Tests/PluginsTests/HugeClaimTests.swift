import Glibc
import Tensors
import Testing

@Suite("Claims cost nothing: time and memory follow the bytes that are there")
struct HugeClaimTests {
  /// The bytes in front, then zeros up to `byteCount`, in a sparse file that is removed at the end.
  private func withSparseFile(
    _ start: [UInt8], byteCount: Int, also later: (offset: Int, bytes: [UInt8]) = (0, []),
    _ body: (FileByteSource) throws -> Void
  ) throws {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
    var path = Array((folder + "/ingot-sparse-XXXXXX").utf8CString)
    let descriptor = mkstemp(&path)
    try #require(descriptor >= 0)
    let name = path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer {
      close(descriptor)
      unlink(name)
    }
    for (offset, bytes) in [(0, start), later] {
      let written = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset))
      }
      try #require(written == bytes.count)
    }
    try #require(ftruncate(descriptor, off_t(byteCount)) == 0)
    try body(try FileByteSource(path: name))
  }

  private func expect(
    _ format: Format, _ start: [UInt8], byteCount: Int, _ code: ModelError.Code, _ reason: String
  ) throws {
    try withSparseFile(start, byteCount: byteCount) { source in
      do throws(ModelError) {
        _ = try format.index(of: source)
        Issue.record("the file was read")
      } catch {
        #expect(error.code == code)
        #expect(error.reason == reason)
      }
    }
  }

  @Test("safetensors: a header of 100 000 001 bytes that is there is not read")
  func headerTooLarge() throws {
    try expect(
      .safetensors, bytes(UInt64(100_000_001)) + Array("{}".utf8), byteCount: 100_000_009,
      .malformed, "header-too-large")
  }

  @Test("safetensors: a header of 1 MiB of NUL")
  func headerOfZeros() throws {
    try expect(
      .safetensors, bytes(UInt64(1 << 20)), byteCount: 8 + 1 << 20, .malformed, "json-syntax")
  }

  @Test("gguf: a thousand million tensors with 1 GiB of zeros behind")
  func tensorCount() throws {
    try expect(
      .gguf,
      Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(1_000_000_000)) + bytes(UInt64(0)),
      byteCount: 1 << 30, .malformed, "tensor-count-past-end")
  }

  @Test("gguf: more tensors than the limit, all of them there")
  func tensorLimit() throws {
    try expect(
      .gguf, Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(1_000_001)) + bytes(UInt64(0)),
      byteCount: 1 << 30, .limitExceeded, "too-many-tensors")
  }

  @Test("gguf: a thousand million keys with 1 GiB of zeros behind")
  func metadataCount() throws {
    try expect(
      .gguf,
      Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(1_000_000_000)),
      byteCount: 1 << 30, .malformed, "metadata-count-past-end")
  }

  @Test("gguf: more keys than the limit, all of them there")
  func metadataLimit() throws {
    try expect(
      .gguf, Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(100_001)),
      byteCount: 1 << 30, .limitExceeded, "too-many-metadata-entries")
  }

  /// A file with the key `k`, this type and these bytes of its value.
  private func withKey(_ type: UInt32, _ value: [UInt8]) -> [UInt8] {
    Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(1)) + bytes(UInt64(1))
      + Array("k".utf8) + bytes(type) + value
  }

  @Test("gguf: an array of 100 million strings over 800 MB of zeros")
  func stringArray() throws {
    try expect(
      .gguf, withKey(9, bytes(UInt32(8)) + bytes(UInt64(100_000_000))), byteCount: 900_000_000,
      .limitExceeded, "value-too-large")
  }

  @Test("gguf: two strings that take more than the bound together")
  func stringsTogether() throws {
    let first = withKey(9, bytes(UInt32(8)) + bytes(UInt64(2)) + bytes(UInt64(40 << 20)))
    let second = (offset: first.count + 40 << 20, bytes: bytes(UInt64(40 << 20)))
    try withSparseFile(first, byteCount: 1 << 30, also: second) { source in
      do throws(ModelError) {
        _ = try Format.gguf.index(of: source)
        Issue.record("the file was read")
      } catch {
        #expect(error.code == .limitExceeded)
        #expect(error.reason == "value-too-large")
        #expect(error.context.offset == UInt64(second.offset + 8))
      }
    }
  }

  @Test("gguf: an array of bytes above the bound")
  func byteArray() throws {
    try expect(
      .gguf, withKey(9, bytes(UInt32(0)) + bytes(UInt64(1 << 29))), byteCount: 1 << 30,
      .limitExceeded, "value-too-large")
  }

  @Test("gguf: a string above the bound")
  func longString() throws {
    try expect(
      .gguf, withKey(8, bytes(UInt64(1 << 29))), byteCount: 1 << 30, .limitExceeded,
      "value-too-large")
  }

  @Test("gguf: a header above the limit, made of values below it")
  func headerLimit() throws {
    try withSparseFile(withKey(9, bytes(UInt32(0)) + bytes(UInt64(4096))), byteCount: 1 << 20) {
      source in
      do throws(ModelError) {
        _ = try Format.gguf.index(of: source, limits: Limits(headerByteCount: 4096))
        Issue.record("the file was read")
      } catch {
        #expect(error.code == .limitExceeded)
        #expect(error.reason == "header-over-limit")
      }
    }
  }

  @Test("gguf: a key of 65 536 bytes that is there")
  func longKey() throws {
    let start =
      Array("GGUF".utf8) + bytes(UInt32(3)) + bytes(UInt64(0)) + bytes(UInt64(1))
      + bytes(UInt64(65_536)) + [UInt8](repeating: 0x6B, count: 65_536) + bytes(UInt32(0)) + [1]
    try expect(.gguf, start, byteCount: start.count, .malformed, "key-too-long")
  }

  @Test("gguf: arrays nested 10 000 levels deep")
  func nestedArrays() throws {
    let level = bytes(UInt32(9)) + bytes(UInt64(1))
    let start = withKey(9, Array(repeatElement(level, count: 10_000).joined()))
    try expect(.gguf, start, byteCount: start.count, .unsupported, "nested-array")
  }
}

/// The little-endian bytes of a number.
func bytes<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
