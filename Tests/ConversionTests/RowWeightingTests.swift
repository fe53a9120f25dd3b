import Encodings
import Tensors
import Testing

@testable import Conversion

/// Pieces of rows, the rows' ends beyond a leaf, and whose weights.
@Suite struct RowWeightingTests {
  private static let leaf = leafElementCount

  private func weighting(
    _ values: [Float], _ dimensions: [Int], weights: [Float], replacement: ValueReplacement? = nil
  ) throws -> RowWeighting {
    let source = try checkpoint([TestTensor("w", .F32, dimensions, floatBytes(values))])
    return RowWeighting(
      Telltale.self, weights: weights, of: source.tensors[0], in: source,
      source: SourceDecoding(try #require(EncodingTable.named("F32"))), replacement: replacement)
  }

  /// The blocks of `values` encoded leaf by leaf.
  private func encoded(_ values: [Float], by weighting: RowWeighting, isBackwards: Bool = false)
    throws -> [UInt8]
  {
    var blocks = [UInt8](repeating: 0, count: values.count / 32 * 12)
    var starts = Array(stride(from: 0, to: values.count, by: Self.leaf))
    if isBackwards { starts.reverse() }
    for start in starts {
      let end = min(start + Self.leaf, values.count)
      var failure: ModelError?
      values.withUnsafeBufferPointer { values in
        blocks.withUnsafeMutableBytes { blocks in
          do throws(ModelError) {
            _ = try weighting.encode(
              UnsafeBufferPointer(rebasing: values[start..<end]), from: start,
              into: UnsafeMutableRawBufferPointer(
                rebasing: blocks[(start / 32 * 12)..<(end / 32 * 12)]))
          } catch {
            failure = error
          }
        }
      }
      if let failure { throw failure }
    }
    return blocks
  }

  /// The blocks of each row encoded as a whole, which needs no leaves.
  private func expected(_ values: [Float], row: Int, rowsPerExpert: Int, weights: [Float])
    -> [UInt8]
  {
    var blocks = [UInt8](repeating: 0, count: values.count / 32 * 12)
    for (index, start) in stride(from: 0, to: values.count, by: row).enumerated() {
      let expert = index / rowsPerExpert
      values.withUnsafeBufferPointer { values in
        weights.withUnsafeBufferPointer { weights in
          blocks.withUnsafeMutableBytes { blocks in
            let values = UnsafeBufferPointer(rebasing: values[start..<(start + row)])
            Telltale.encode(
              values,
              weights: UnsafeBufferPointer(
                rebasing: weights[(expert * row)..<((expert + 1) * row)]),
              rowMeanSquare: rowMeanSquare(of: values),
              into: UnsafeMutableRawBufferPointer(
                rebasing: blocks[(start / 32 * 12)..<((start + row) / 32 * 12)]))
          }
        }
      }
    }
    return blocks
  }

  /// Rows that end at leaves, rows that leaves cut, a row of more than two leaves.
  @Test(
    arguments: [
      [300, 1024], [80, 5120], [3, 3 << 17], [1, 5 << 17], [2 << 18], [7, 90 * 32],
    ], [false, true])
  func leavesChangeNothing(dimensions: [Int], isBackwards: Bool) throws {
    let values = floats(dimensions.reduce(1, *))
    let row = try #require(dimensions.last)
    let weights = floats(row, seed: 2).map(\.magnitude)
    let found = try encoded(
      values, by: try weighting(values, dimensions, weights: weights), isBackwards: isBackwards)
    #expect(found == expected(values, row: row, rowsPerExpert: .max, weights: weights))
  }

  @Test func everyExpertHasItsOwnWeights() throws {
    // A leaf ends in the 24th row of the third expert.
    let dimensions = [3, 40, 2560]
    let values = floats(dimensions.reduce(1, *))
    let weights = floats(3 * 2560, seed: 2).map(\.magnitude)
    let found = try encoded(values, by: try weighting(values, dimensions, weights: weights))
    #expect(found == expected(values, row: 2560, rowsPerExpert: 40, weights: weights))
  }

  @Test func errorsOfPiecesAreMergedInOrder() throws {
    let values = floats(64 * 2)
    let weights = [Float](repeating: 1, count: 64)
    let weighting = try weighting(values, [2, 64], weights: weights)
    var blocks = [UInt8](repeating: 0, count: 4 * 12)
    let found = try values.withUnsafeBufferPointer { values in
      try blocks.withUnsafeMutableBytes { try weighting.encode(values, from: 0, into: $0) }
    }
    var sums = ErrorSums()
    for start in [0, 64] {
      let row = Array(values[start..<(start + 64)])
      let decoded = (0..<64).map { row[$0 / 32 * 32] }
      row.withUnsafeBufferPointer { row in
        decoded.withUnsafeBufferPointer { sums.merge(ErrorSums(reference: row, decoded: $0)) }
      }
    }
    #expect(found.errors == sums)
    let lost = found.objective?.weightedError ?? 0
    #expect(abs(lost - sums.sumOfSquaredError) < 1e-6 * lost)
    #expect(found.objective?.nearestWeightedError == nil)
  }

  @Test func whatThePolicyReplacesCountsAsReplacedBeyondTheLeaf() throws {
    // The row goes on after the leaf with values that are not encoded as they are.
    var values = floats(2 * 3 << 16)
    let row = 3 << 16
    values[row + row - 1] = .nan
    values[row + row - 2] = -.infinity
    values[row + row - 3] = 1e20
    var replaced = values
    replaced[row + row - 1] = 0
    replaced[row + row - 2] = -100
    replaced[row + row - 3] = 100
    let weights = [Float](repeating: 1, count: row)
    let weighting = try weighting(
      values, [2, row], weights: weights,
      replacement: ValueReplacement(.clamp, greatestMagnitude: 100))
    let found = try encoded(values, by: weighting)
    let wanted = expected(replaced, row: row, rowsPerExpert: .max, weights: weights)
    // The last block's own first value is finite, so blocks differ in nothing.
    #expect(found == wanted)
  }
}

/// Bytes in memory that count how many of them are read.
private struct CountingSource: ByteSource {
  final class Count: Sendable {
    let value = Monitor(0)
  }

  let name = "source.test"
  let bytes: [UInt8]
  let count = Count()
  var byteCount: Int { bytes.count }

  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    try MemoryByteSource(bytes).read(into: destination, at: offset)
    count.value.withLock { $0 += destination.count }
  }
}

@Suite struct LongRowTests {
  /// The mean square of a row of five leaves is known to the units after the first.
  @Test func aRowIsReadBeyondItsUnitOnlyOnce() throws {
    let row = 5 * leafElementCount
    let source = CountingSource(bytes: floatBytes(floats(row)))
    let tensor = TensorInfo(
      name: "w", elementType: .F32, shape: try Shape([1, row]), offset: 0, byteCount: 4 * row)
    let file = Checkpoint.File(name: "w", source: source, container: TestFormat().identity)
    var job = Job(
      Checkpoint(files: [file], tensors: [tensor], metadata: []), "encoding: Q4_0")
    job.importance = try importance([("w", floats(row, seed: 2).map(\.magnitude))])
    job.leavesPerUnit = 1
    let folder = try TemporaryFolder()
    let report = try job.run(to: .file(path: folder.path + "/o.test"))
    #expect(report.manifest.files[0].tensors[0].outcome == .requantized)
    #expect(source.count.value.withLock { $0 } == (5 + 4) * 4 * leafElementCount)
  }
}

@Suite struct ValueReplacementTests {
  @Test func refusingReplacesNothing() {
    #expect(ValueReplacement(.refuse, greatestMagnitude: 1) == nil)
  }

  @Test(
    arguments: [
      (1, 1, 1), (-1, -1, -1), (2, 0, 1), (-2, 0, -1), (.infinity, 0, 1), (-.infinity, 0, -1),
      (.nan, 0, 0),
    ] as [(Float, Float, Float)])
  func policiesReplace(value: Float, zeroed: Float, clamped: Float) throws {
    let zero = try #require(ValueReplacement(.zero, greatestMagnitude: 1))
    let clamp = try #require(ValueReplacement(.clamp, greatestMagnitude: 1))
    #expect(zero.replaced(value) == zeroed)
    #expect(clamp.replaced(value) == clamped)
  }
}
