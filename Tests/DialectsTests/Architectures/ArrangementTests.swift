import Tensors
import Testing

@testable import Dialects

@Suite struct ArrangementTests {
  private func axes(
    _ text: String, _ shape: [Int], _ sizes: [String: Int] = [:],
    split: Arrangement.Split? = nil
  ) throws -> ArrangedAxes {
    try Arrangement(text, split: split).axes(
      ofLeft: shape, sizes: { (name) throws(ModelError) in sizes[name] },
      value: { (expression) throws(ModelError) in
        try expression.value { (name) throws(ModelError) in
          sizes[name].map { .integer($0) }
        }?.int ?? 0
      })
  }

  /// Where each element of the target comes from, found by reading one at a time.
  private func sources(_ assembly: Assembly, _ counts: [Int]) throws -> [Float] {
    var model = MemoryModel()
    for (index, count) in counts.enumerated() {
      try model.add("\(index)", [count], from: 100 * index)
    }
    let checkpoint = model.checkpoint
    let tensor = AssembledTensor(
      assembly: assembly, sources: checkpoint.tensors.map { .stored($0) }, unitByteCount: 4)
    let reading = AssemblyReading(tensor, checkpoint)
    let value = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)
    defer { value.deallocate() }
    var result: [Float] = []
    for index in 0..<assembly.unitCount {
      try reading.read(offset: 4 * index, into: value)
      result.append(value.load(as: Float.self))
    }
    return result
  }

  /// Two heads of four rows: halves 0 1 | 2 3 become pairs 0 2, 1 3.
  @Test func halvesOfRotatedHeadsArePaired() throws {
    let axes = try axes("(heads 2 half) ... -> (heads half 2) ...", [8], ["heads": 2])
    #expect(try sources(axes.toRight(0), [8]) == [0, 2, 1, 3, 4, 6, 5, 7])
    #expect(try sources(axes.toLeft(bases: [0]), [8]) == [0, 2, 1, 3, 4, 6, 5, 7])
  }

  /// With three pairs a head the permutation is not its own inverse.
  @Test func pairsBecomeHalvesAgain() throws {
    let axes = try axes("(heads 2 half) ... -> (heads half 2) ...", [6, 2], ["heads": 1])
    #expect(try sources(axes.toRight(0), [12]) == [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11])
    #expect(
      try sources(axes.toLeft(bases: [0]), [12]) == [0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11])
  }

  @Test func matricesAreTransposed() throws {
    let axes = try axes("in out -> out in", [2, 3])
    #expect(axes.rightShapes == [[3, 2]])
    #expect(try sources(axes.toRight(0), [6]) == [0, 3, 1, 4, 2, 5])
  }

  /// Heads of query, key, value become all queries, all keys, all values.
  @Test func headsAreSortedByKind() throws {
    let axes = try axes("(heads 3 dim) ... -> (3 heads dim) ...", [6], ["heads": 2])
    #expect(try sources(axes.toRight(0), [6]) == [0, 3, 1, 4, 2, 5])
  }

  /// Two groups of two queries, a key and a value.
  @Test func groupsAreSortedByKind() throws {
    let segments = ["queries", "1", "1"].compactMap { SizeExpression($0) }
    let axes = try axes(
      "(groups part dim) ... -> (groups part dim) ...", [8], ["groups": 2, "queries": 2],
      split: Arrangement.Split(axis: "part", segments: segments, isJoined: true))
    #expect(try sources(axes.toRight(0), [8]) == [0, 1, 4, 5, 2, 6, 3, 7])
    #expect(try sources(axes.toLeft(bases: [0]), [8]) == [0, 1, 4, 6, 2, 3, 5, 7])
  }

  /// Two heads of two rows of keys and one of values; keys are transposed.
  @Test func latentKeysAndValuesAreSplit() throws {
    let segments = ["nope", "value"].compactMap { SizeExpression($0) }
    let axes = try axes(
      "(heads part) rank -> heads rank part, heads part rank", [6, 2],
      ["heads": 2, "nope": 2, "value": 1],
      split: Arrangement.Split(axis: "part", segments: segments, isJoined: false))
    #expect(axes.rightShapes == [[2, 2, 2], [2, 1, 2]])
    #expect(try sources(axes.toRight(0), [12]) == [0, 2, 1, 3, 6, 8, 7, 9])
    #expect(try sources(axes.toRight(1), [12]) == [4, 5, 10, 11])
    #expect(
      try sources(axes.toLeft(bases: [0, 0]), [8, 4])
        == [0, 2, 1, 3, 100, 101, 4, 6, 5, 7, 102, 103])
  }

  /// Rows of gate and up alternate.
  @Test func alternatingRowsAreSplit() throws {
    let ones = [SizeExpression.number(.integer(1)), .number(.integer(1))]
    let axes = try axes(
      "(ff 2) ... -> ff ..., ff ...", [4, 2],
      split: Arrangement.Split(axis: "2", segments: ones, isJoined: false))
    #expect(try sources(axes.toRight(1), [8]) == [2, 3, 6, 7])
    #expect(
      try sources(axes.toLeft(bases: [0, 0]), [4, 4]) == [0, 1, 100, 101, 2, 3, 102, 103])
  }

  @Test(arguments: [
    ([7], ["heads": 2]), ([8], ["heads": 3]), ([8], ["heads": 0]), ([8], ["heads": -2]),
    ([8], [:]), ([], ["heads": 2]), ([0], ["heads": 2, "half": 2]),
    ([8], ["heads": Int.max, "half": Int.max]),
  ]) func shapesThatContradictSizesAreRefused(_ shape: [Int], _ sizes: [String: Int]) {
    let error = #expect(throws: ModelError.self) {
      try axes("(heads 2 half) ... -> (heads half 2) ...", shape, sizes)
    }
    #expect(["shape-mismatch", "shape-overflow"].contains(error?.reason))
  }
}
