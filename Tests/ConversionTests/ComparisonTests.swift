import Encodings
import Tensors
import Testing

@testable import Conversion

@Suite struct ComparisonTests {
  private func compare(_ a: [TestTensor], _ b: [TestTensor], threadCount: Int = 1) throws
    -> [TensorComparison]
  {
    try Comparison(checkpoint(a), checkpoint(b)).run(threadCount: threadCount)
  }

  private func halves(_ bits: [UInt16]) -> [UInt8] { bits.withUnsafeBytes { Array($0) } }

  @Test func equalBytesAreEqualBits() throws {
    let nan: [UInt8] = [0, 0, 0xC0, 0x7F]
    let result = try compare([TestTensor("a", .F32, [1], nan)], [TestTensor("a", .F32, [1], nan)])
    #expect(result.map(\.relation) == [.equalBits])
    #expect(result[0].measure == nil)
  }

  @Test func theSameNumbersInAnotherEncodingAreEqualNumbers() throws {
    let result = try compare(
      [TestTensor("a", .F16, [3], halves([0x3C00, 0xC000, 0x0001]))],
      [TestTensor("a", .F32, [3], floatBytes([1, -2, 0x1p-24]))])
    #expect(result.map(\.relation) == [.equalNumbers])
  }

  @Test func nanAndInfinityInAnotherEncodingAreEqualNumbers() throws {
    let result = try compare(
      [TestTensor("a", .F16, [3], halves([0x7E00, 0x7C00, 0xFC00]))],
      [TestTensor("a", .F32, [3], floatBytes([.nan, .infinity, -.infinity]))])
    #expect(result.map(\.relation) == [.equalNumbers])
  }

  @Test func aNumberAgainstNaNIsDifferent() throws {
    let result = try compare(
      [TestTensor("a", .F32, [2], floatBytes([1, 2]))],
      [TestTensor("a", .F32, [2], floatBytes([1, .nan]))])
    #expect(result.map(\.relation) == [.different])
  }

  @Test func theErrorIsOfTheSecondAgainstTheFirst() throws {
    let result = try compare(
      [TestTensor("a", .F32, [2], floatBytes([3, 4]))],
      [TestTensor("a", .F32, [2], floatBytes([3, 3.5]))])
    let measure = try #require(result[0].measure)
    #expect(result[0].relation == .different)
    #expect(measure.relativeRMSE == 0.1)
    #expect(measure.maximum == 0.5)
    #expect(measure.snrDecibel == 20)
  }

  @Test func aDifferenceInTheLastLeafIsFound() throws {
    var values = floats((1 << 18) + 32)
    let a = TestTensor("a", .F32, [values.count], floatBytes(values))
    values[values.count - 1] += 1
    let b = TestTensor("a", .F32, [values.count], floatBytes(values))
    #expect(try compare([a], [b])[0].relation == .different)
  }

  @Test func anotherShapeIsNamed() throws {
    let result = try compare(
      [TestTensor("a", .U8, [2, 3], [1, 2, 3, 4, 5, 6])],
      [TestTensor("a", .U8, [3, 2], [1, 2, 3, 4, 5, 6])])
    #expect(result.map(\.relation) == [.otherShape])
  }

  @Test func otherBytesThatCannotBeDecodedAreSaidToBe() throws {
    let result = try compare([TestTensor("a", .U8, [1], [1])], [TestTensor("a", .U8, [1], [2])])
    #expect(result.map(\.relation) == [.undecodable])
  }

  @Test(arguments: [1, 3]) func everyNameAppearsOnceInOrder(threadCount: Int) throws {
    let one: (String) -> TestTensor = { TestTensor($0, .U8, [1], [1]) }
    let result = try compare(
      [one("c"), one("a"), one("b")], [one("d"), one("b"), one("c")], threadCount: threadCount)
    #expect(result.map(\.name) == ["c", "a", "b", "d"])
    #expect(result.map(\.relation) == [.equalBits, .onlyInFirst, .equalBits, .onlyInSecond])
  }

  @Test func emptyCheckpointsCompare() throws { #expect(try compare([], []).isEmpty) }

  @Test func emptyTensorsAreEqual() throws {
    let result = try compare([TestTensor("a", [0, 4])], [TestTensor("a", .F16, [0, 4], [])])
    #expect(result.map(\.relation) == [.equalNumbers])
  }
}
