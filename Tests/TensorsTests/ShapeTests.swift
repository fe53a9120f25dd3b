import Testing

@testable import Tensors

@Suite struct ShapeTests {
  @Test func aScalarHasOneElement() throws {
    let shape = try Shape([])
    #expect(shape == .scalar)
    #expect(shape.elementCount == 1)
    #expect(shape.rowElementCount == 1)
    #expect(shape.rowCount == 1)
  }

  @Test func rowsAreCountedByTheLastExtent() throws {
    let shape = try Shape([2, 3, 5])
    #expect(shape.elementCount == 30)
    #expect(shape.rowElementCount == 5)
    #expect(shape.rowCount == 6)
    #expect(shape.description == "[2, 3, 5]")
  }

  @Test(arguments: [[0], [3, 0], [0, 3], [0, 0]])
  func anExtentOfZeroMakesItEmpty(dimensions: [Int]) throws {
    let shape = try Shape(dimensions)
    #expect(shape.elementCount == 0)
    #expect(shape.rowCount == 0)
    #expect(shape.dimensions == dimensions)
  }

  @Test func aProductThatIsTooGreatIsRefusedEvenIfItIsEmpty() {
    let error = failure { _ = try Shape([1 << 40, 1 << 40, 0]) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "shape-overflow")
  }

  @Test(arguments: [
    [1 << 32, 1 << 31], [Int.max, 2], [3, Int.max], [1 << 21, 1 << 21, 1 << 21],
  ])
  func aProductOf2To63OrMoreIsRefused(dimensions: [Int]) {
    #expect(failure { _ = try Shape(dimensions) }?.reason == "shape-overflow")
  }

  @Test func theGreatestProductIsAllowed() throws {
    #expect(try Shape([Int.max, 1]).elementCount == Int.max)
  }

  @Test(arguments: [[-1], [2, -3], [-2, -2], [0, -1], [Int.min]])
  func negativeExtentsAreRefused(dimensions: [Int]) {
    let error = failure { _ = try Shape(dimensions) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "dimension-negative")
  }
}
