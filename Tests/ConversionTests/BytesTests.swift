import Encodings
import Tensors
import Testing

@testable import Conversion

/// What ends up in the output, whatever the split of the work.
@Suite struct BytesTests {
  /// 2.3 leaves, one that is kept, one that falls back, a scalar, an empty one.
  private static func model() throws -> Checkpoint {
    try checkpoint([
      TestTensor("w", [600, 1024]), TestTensor("n", [5, 7], seed: 2),
      TestTensor("e", [0, 32]), TestTensor("s", []), TestTensor("v", [64, 64], seed: 3),
      TestTensor("ids", .I64, [3], [UInt8](0..<24)),
    ])
  }

  @Test(arguments: [1, 2, 3], [1, 2, 4])
  func bytesDoNotDependOnThreadsOrUnits(threadCount: Int, leavesPerUnit: Int) throws {
    let folder = try TemporaryFolder()
    var job = Job(try Self.model())
    let reference = try job.run(to: .folder(path: folder.path + "/a"))
    job.options.threadCount = threadCount
    job.leavesPerUnit = leavesPerUnit
    let report = try job.run(to: .folder(path: folder.path + "/b"))
    #expect(report.manifest == reference.manifest)
    #expect(try contents(folder.path + "/b") == contents(folder.path + "/a"))
  }

  @Test func bytesAreTheCodecs() throws {
    let folder = try TemporaryFolder()
    let values = floats(600 * 1024)
    let report = try Job(try checkpoint([TestTensor("w", [600, 1024])]))
      .run(to: .file(path: folder.path + "/o.test"))
    let codec = try #require(EncodingTable.named("Q8_0"))
    var expected = [UInt8](repeating: 0, count: 600 * 1024 / 32 * 34)
    values.withUnsafeBufferPointer { values in
      expected.withUnsafeMutableBytes { codec.encode(values, into: $0) }
    }
    #expect(try Array(readFile(folder.path + "/o.test")[8...]) == expected)
    let error = report.manifest.files[0].tensors[0].error
    #expect(error.relativeRMSE > 0.001 && error.relativeRMSE < 0.01)
  }

  @Test func headerPaddingAndTrailerAreWritten() throws {
    let folder = try TemporaryFolder()
    var job = Job(
      try checkpoint([TestTensor("a", .U8, [3], [1, 2, 3]), TestTensor("b", .U8, [1], [4])]),
      "encoding: keep")
    job.format = TestFormat(alignment: 16, trailer: [9, 9])
    let report = try job.run(to: .file(path: folder.path + "/o.test"))
    let zeros = { (count: Int) in [UInt8](repeating: 0, count: count) }
    let bytes: [UInt8] = [2] + zeros(15) + [1, 2, 3] + zeros(13) + [4, 9, 9]
    #expect(try readFile(folder.path + "/o.test") == bytes)
    #expect(report.manifest.files[0].byteCount == bytes.count)
    #expect(
      try OutputVerification(.init(of: folder.path + "/o.test")).run(threadCount: 1).isEmpty)
  }

  @Test func emptyTensorsAndScalarsAreKept() throws {
    let folder = try TemporaryFolder()
    let report = try Job(try Self.model()).run(to: .folder(path: folder.path + "/o"))
    let tensors = report.manifest.files[0].tensors
    let empty = try #require(tensors.first { $0.name == "e" })
    #expect(empty.byteCount == 0)
    #expect(empty.shape.dimensions == [0, 32])
    let scalar = try #require(tensors.first { $0.name == "s" })
    #expect(scalar.shape == .scalar)
    #expect(scalar.encoding == .F16)
    #expect(scalar.byteCount == 2)
  }

  @Test func integersAreKeptByteForByte() throws {
    let folder = try TemporaryFolder()
    let report = try Job(try Self.model()).run(to: .folder(path: folder.path + "/o"))
    let file = report.manifest.files[0]
    let ids = try #require(file.tensors.first { $0.name == "ids" })
    #expect(ids.outcome == .exact)
    #expect(ids.digest == ids.sourceDigest)
    let bytes = try readFile(folder.path + "/o/" + file.path)
    #expect(Array(bytes[ids.offset..<(ids.offset + 24)]) == [UInt8](0..<24))
  }

  @Test func anEmptyCheckpointIsWritten() throws {
    let folder = try TemporaryFolder()
    let target = OutputTarget.folder(path: folder.path + "/o")
    let report = try Job(try checkpoint([])).run(to: target)
    #expect(report.manifest.files.map(\.byteCount) == [8])
    #expect(try OutputVerification(.init(of: target.path)).run(threadCount: 1).isEmpty)
  }

  @Test func aTensorThatOnlyThePluginReadsIsRead() throws {
    struct Reader: ContainerReader {
      func read(
        tensorAt index: Int, offset: Int, into destination: UnsafeMutableRawBufferPointer
      ) throws(ModelError) {
        for position in destination.indices {
          destination[position] = UInt8(truncatingIfNeeded: 10 * index + offset + position)
        }
      }
    }
    var source = try checkpoint([
      TestTensor("a", .U8, [2], [0, 0]), TestTensor("b", .U8, [2], [0, 0]),
    ])
    source.files[0].reader = Reader()
    source.tensors[1].isReadByPlugin = true
    let folder = try TemporaryFolder()
    try Job(source, "encoding: keep").run(to: .file(path: folder.path + "/o.test"))
    #expect(try readFile(folder.path + "/o.test").suffix(4) == [0, 0, 10, 11])
  }
}
