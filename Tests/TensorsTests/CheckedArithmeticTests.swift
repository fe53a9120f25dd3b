import Testing

@testable import Tensors

@Suite struct CheckedArithmeticTests {
  @Test func sumAtTheBound() throws {
    #expect(try Checked.sum(Int.max - 1, 1) == Int.max)
    #expect(failure { _ = try Checked.sum(Int.max, 1) }?.reason == "size-overflow")
  }

  @Test func productAtTheBound() throws {
    #expect(try Checked.product(Int.max, 1) == Int.max)
    #expect(try Checked.product(Int.max, 0) == 0)
    #expect(failure { _ = try Checked.product(1 << 32, 1 << 31) }?.reason == "size-overflow")
  }

  @Test func roundingUp() throws {
    #expect(try Checked.roundUp(0, to: 32) == 0)
    #expect(try Checked.roundUp(1, to: 32) == 32)
    #expect(try Checked.roundUp(32, to: 32) == 32)
    #expect(failure { _ = try Checked.roundUp(Int.max, to: 32) }?.reason == "size-overflow")
  }

  @Test func conversionIsExactOrRefused() throws {
    #expect(try Checked.int(UInt64(Int.max)) == Int.max)
    #expect(failure { _ = try Checked.int(UInt64(1) << 63) }?.reason == "number-out-of-range")
    #expect(failure { _ = try Checked.int(UInt64.max) }?.code == .malformed)
  }

  @Test func theReasonIsTheCallers() {
    #expect(failure { _ = try Checked.sum(Int.max, 1, "mine") }?.reason == "mine")
    #expect(failure { _ = try Checked.product(Int.max, 2, "mine") }?.reason == "mine")
    #expect(failure { _ = try Checked.int(UInt64.max, "mine") }?.reason == "mine")
  }
}
