import Testing

@testable import Tensors

@Suite struct ElementTypeTests {
  @Test(arguments: [
    (ElementType.F32, [2, 3], 24), (.F16, [7], 14), (.F64, [], 8), (.BOOL, [0, 5], 0),
    (.F4, [3, 2], 3), (.F4, [2, 1], 1), (.F6_E2M3, [4], 3), (.F6_E3M2, [2, 6], 9),
    (.Q8_0, [2, 64], 136), (.Q4_K, [3, 256], 432), (.NVFP4, [64], 36), (.Q4_0, [0, 32], 0),
    (.Q4_0, [5, 0], 0),
  ])
  func bytesFollowFromBlocks(type: ElementType, dimensions: [Int], byteCount: Int) throws {
    #expect(try type.byteCount(of: Shape(dimensions)) == byteCount)
  }

  @Test(arguments: [
    (ElementType.Q8_0, [31]), (.Q8_0, [2, 16]), (.Q8_0, []), (.Q4_K, [255]), (.NVFP4, [4, 32]),
    (.F4, [3]), (.F4, [3, 1]), (.F4, []), (.F6_E2M3, [6]), (.Q4_0, [0, 5]),
  ])
  func whatIsNoWholeNumberOfBlocksIsRefused(type: ElementType, dimensions: [Int]) {
    let error = failure { _ = try type.byteCount(of: Shape(dimensions)) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "row-not-whole-blocks")
  }

  @Test func bytesAboveTheGreatestIntegerAreRefused() throws {
    let shape = try Shape([1 << 61])
    #expect(failure { _ = try ElementType.F64.byteCount(of: shape) }?.reason == "size-overflow")
  }

  @Test(arguments: ElementType.allCases)
  func everyBlockDivides256(type: ElementType) {
    #expect(256 % type.blockElementCount == 0)
    #expect(type.blockByteCount > 0)
  }

  @Test func bitsIncludeScales() {
    #expect(ElementType.Q8_0.bitsPerElement == 8.5)
    #expect(ElementType.Q4_K.bitsPerElement == 4.5)
    #expect(ElementType.F6_E2M3.bitsPerElement == 6)
  }
}
