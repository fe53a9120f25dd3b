import Encodings
import Testing

/// Finding and replacing what an encoding cannot hold.
@Suite struct FinitenessTests {
  @Test(arguments: [0, 31, 32, 4095, 4096, 9000])
  func scanFindsTheFirstNonfiniteValue(index: Int) {
    var values = Samples.weights(9001)
    values[index] = .nan
    values[9000] = -.infinity
    values[1] = -3
    for level in levels {
      let scan = values.withUnsafeBufferPointer { ValueScan($0, level: level) }
      #expect(scan.firstNonfiniteIndex == index)
      #expect(scan.nonfiniteCount == (index == 9000 ? 1 : 2))
      #expect(scan.highestMagnitude == 3)
      #expect(scan.elementCount == 9001)
    }
  }

  @Test func scanOfFiniteValues() {
    var values = Samples.weights(100)
    values[99] = -.greatestFiniteMagnitude
    for level in levels {
      let scan = values.withUnsafeBufferPointer { ValueScan($0, level: level) }
      #expect(scan.nonfiniteCount == 0 && scan.firstNonfiniteIndex == nil)
      #expect(scan.highestMagnitude == .greatestFiniteMagnitude)
    }
  }

  @Test func scanOfNothing() {
    let scan = ValueScan(UnsafeBufferPointer(start: nil, count: 0))
    #expect(scan == ValueScan())
  }

  @Test func scansContinue() {
    var scan = ValueScan()
    [Float](repeating: 1, count: 40).withUnsafeBufferPointer { scan.append($0) }
    [2, .infinity].withUnsafeBufferPointer { scan.append($0) }
    #expect(scan.firstNonfiniteIndex == 41)
    #expect(scan.elementCount == 42)
  }

  @Test(arguments: [
    (NonfiniteReplacement.zero, [1 as Float, 0, 0, 0]), (.clamp(to: 65504), [1, 0, 65504, -65504]),
  ])
  func replacements(replacement: NonfiniteReplacement, expected: [Float]) {
    var values: [Float] = [1, .nan, .infinity, -.infinity]
    #expect(values.withUnsafeMutableBufferPointer { replacement.apply(to: $0) } == 3)
    #expect(values == expected)
  }

  @Test(arguments: [
    ("F16", 65520 as Float), ("BF16", Float(bitPattern: 0x7F7F_8000)), ("F8_E4M3", 464.00003),
    ("F8_E5M2", 61440), ("Q8_0", 8_321_040), ("Q4_0", 524_160), ("Q5_0", 1_048_320),
    ("Q4_1", -65520), ("Q5_1", -65520),
  ])
  func overflowBeginsAtTheFirstValueThatDoesNotFit(name: String, value: Float) throws {
    let codec = try #require(EncodingTable.named(name))
    var values = [Float](repeating: 1, count: 96)
    values[50] = value
    let found = values.withUnsafeBufferPointer { codec.overflow(in: $0) }
    // A block shares the fate of its greatest value.
    #expect(found?.count == (codec.isQuantized ? 32 : 1))
    #expect(found?.firstIndex == (codec.isQuantized ? 32 : 50))
    values[50] = value < 0 ? value.nextUp : value.nextDown
    #expect(values.withUnsafeBufferPointer { codec.overflow(in: $0) } == nil)
  }

  @Test func nonfiniteValuesAreNoOverflow() throws {
    let values: [Float] = [.infinity, .nan, 1e9]
    let found = values.withUnsafeBufferPointer { Codec(F16.self).overflow(in: $0) }
    #expect(found?.count == 1)
    #expect(found?.firstIndex == 2)
  }

  @Test func everyEncodingHoldsItsGreatestMagnitude() {
    for encoding in writableEncodings {
      let greatest = encoding.greatestMagnitude
      let count = max(32, encoding.blockElementCount)
      let values = (0..<count).map { $0 % 2 == 0 ? greatest : -greatest }
      #expect(values.withUnsafeBufferPointer { Codec(encoding).overflow(in: $0) } == nil)
      let decoded = decode(encode(values, as: encoding), as: encoding)
      #expect(decoded.allSatisfy { $0.isFinite })
    }
  }

  @Test func errorsShowAnOverflow() {
    let errors = encodeMeasuring([1, 70000], as: F16.self).errors
    #expect(!errors.isFinite)
  }
}
