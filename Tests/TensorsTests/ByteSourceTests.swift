import Testing

@testable import Tensors

@Suite struct ByteSourceTests {
  private let source = MemoryByteSource([1, 2, 3, 4], name: "four")

  @Test(arguments: [(0, 4), (1, 3), (4, 0), (0, 0)])
  func rangesInsideAreRead(offset: Int, byteCount: Int) throws {
    #expect(
      try source.bytes(at: offset, byteCount: byteCount)
        == Array([1, 2, 3, 4][offset..<(offset + byteCount)]))
  }

  @Test(arguments: [
    (0, 5), (4, 1), (5, 0), (-1, 1), (0, -1), (Int.max, 1), (1, Int.max), (Int.max, Int.max),
    (Int.min, 0),
  ])
  func rangesPastTheEndAreRefused(offset: Int, byteCount: Int) {
    let error = failure { _ = try source.bytes(at: offset, byteCount: byteCount) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "read-past-end")
    #expect(error?.context.file == "four")
  }

  @Test func readingPastTheEndLeavesTheDestinationAlone() {
    var bytes: [UInt8] = [9, 9, 9]
    bytes.withUnsafeMutableBytes { buffer in
      let error = failure { try source.read(into: buffer, at: 2) }
      #expect(error?.reason == "read-past-end")
    }
    #expect(bytes == [9, 9, 9])
  }
}
