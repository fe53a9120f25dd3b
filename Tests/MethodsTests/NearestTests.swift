import Encodings
import Methods
import Testing

@Suite struct NearestTests {
  private let values = (0..<128).map { Float($0 % 37) * 0.125 - 2 }

  @Test func writesWhatTheEncodingWrites() throws {
    let codec = try #require(EncodingTable.named("Q4_0"))
    var expected = [UInt8](repeating: 0, count: 72)
    var blocks = expected
    let (expectedErrors, loss) = values.withUnsafeBufferPointer { values in
      (
        expected.withUnsafeMutableBytes { codec.encodeMeasuring(values, into: $0) },
        blocks.withUnsafeMutableBytes {
          Nearest.encode(
            WeightMatrix(values, rowCount: 2, columnCount: 64), as: codec, into: $0)
        }
      )
    }
    #expect(blocks == expected)
    #expect(loss == EncodingLoss(errors: expectedErrors))
    #expect(loss.errors.elementCount == 128 && loss.errors.sumOfSquaredError > 0)
  }

  @Test func rowsMayBeSplit() throws {
    let codec = try #require(EncodingTable.named("Q8_0"))
    var whole = [UInt8](repeating: 0, count: 136)
    var split = whole
    values.withUnsafeBufferPointer { values in
      whole.withUnsafeMutableBytes {
        _ = Nearest.encode(
          WeightMatrix(values, rowCount: 2, columnCount: 64), as: codec, into: $0)
      }
      for row in 0..<2 {
        let rowValues = UnsafeBufferPointer(rebasing: values[row * 64..<(row + 1) * 64])
        split.withUnsafeMutableBytes {
          let blocks = UnsafeMutableRawBufferPointer(rebasing: $0[row * 68..<(row + 1) * 68])
          _ = Nearest.encode(
            WeightMatrix(rowValues, rowCount: 1, columnCount: 64), as: codec, into: blocks)
        }
      }
    }
    #expect(split == whole)
  }

  @Test func methodsAreFoundByName() {
    #expect(MethodTable.named("nearest") is Nearest.Type)
    #expect(MethodTable.named("Nearest") == nil)
    #expect(Set(MethodTable.all.map { $0.name }).count == MethodTable.all.count)
  }
}
