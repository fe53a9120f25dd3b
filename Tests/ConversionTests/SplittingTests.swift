import Tensors
import Testing

@testable import Conversion

/// Which tensor goes into which file, what the files are called and what links them.
@Suite struct SplittingTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func job(_ splitting: Splitting?, id: String = "gguf", _ sizes: [Int] = [8, 24, 40, 8])
    throws -> Job
  {
    var job = Job(
      try checkpoint(
        sizes.enumerated().map {
          TestTensor("t\($0)", .U8, [$1], [UInt8](repeating: 7, count: $1))
        },
        metadata: [
          MetadataEntry("format", .string("pt")), MetadataEntry("k", .string("v")),
        ]),
      "encoding: keep")
    job.format = TestFormat(id: id)
    job.options.splitting = splitting
    return job
  }

  private var target: OutputTarget { .folder(path: folder.path + "/out") }

  private func names(_ job: Job) throws -> [[String]] {
    try job.plan(for: target).files.map { $0.tensors.map(\.name) }
  }

  @Test func sizesOfGGUFCountThePadding() throws {
    // 32, 32, 64 and 32 bytes.
    #expect(try names(job(.byteCount(64))) == [["t0", "t1"], ["t2"], ["t3"]])
    #expect(try names(job(.byteCount(63))) == [["t0"], ["t1"], ["t2"], ["t3"]])
    #expect(try names(job(.byteCount(96))) == [["t0", "t1"], ["t2", "t3"]])
  }

  @Test func sizesOfSafetensorsCountTensorsAlone() throws {
    let index: [String] = []
    #expect(
      try names(job(.byteCount(32), id: "safetensors")) == [["t0", "t1"], ["t2"], ["t3"], index])
    #expect(
      try names(job(.byteCount(72), id: "safetensors")) == [["t0", "t1", "t2"], ["t3"], index])
  }

  @Test func aTensorAboveTheSizeHasAFileOfItsOwn() throws {
    #expect(try names(job(.byteCount(1), [8, 8])) == [["t0"], ["t1"]])
  }

  @Test func tensorsAreCounted() throws {
    #expect(try names(job(.tensorCount(3))) == [["t0", "t1", "t2"], ["t3"]])
    #expect(try names(job(.tensorCount(2))) == [["t0", "t1"], ["t2", "t3"]])
  }

  @Test func theSourcesFilesAreKeptEmptyOnesIncluded() throws {
    var job = try job(.asSource)
    let file = job.source.files[0]
    job.source.files = [file, file, file, file]
    for (index, fileIndex) in [1, 1, 2, 2].enumerated() {
      job.source.tensors[index].fileIndex = fileIndex
    }
    #expect(try names(job) == [[], ["t0", "t1"], ["t2", "t3"], []])
  }

  @Test func oneFileIsNoShard() throws {
    for splitting in [Splitting.byteCount(1000), .tensorCount(4), .asSource] {
      let plan = try job(splitting).plan(for: target)
      #expect(plan.files.map(\.name) == ["model-test.gguf"])
    }
    let plan = try job(.byteCount(1000), id: "safetensors").plan(for: target)
    #expect(plan.files.map(\.name) == ["model.safetensors"])
  }

  @Test func filesAreNumbered() throws {
    #expect(
      try job(.tensorCount(3)).plan(for: target).files.map(\.name)
        == ["model-test-00001-of-00002.gguf", "model-test-00002-of-00002.gguf"])
    #expect(
      try job(.tensorCount(3), id: "safetensors").plan(for: target).files.map(\.name) == [
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
      ])
  }

  @Test func theIndexNamesEveryTensorsFile() throws {
    let plan = try job(.tensorCount(3), id: "safetensors").plan(for: target)
    let json = try JSONValue.parse(try #require(plan.files.last?.segments.first?.bytes))
    #expect(json["metadata"]?["total_size"]?.integer == 80)
    #expect(
      json["weight_map"]?.object == [
        "t0": .string("model-00001-of-00002.safetensors"),
        "t1": .string("model-00001-of-00002.safetensors"),
        "t2": .string("model-00001-of-00002.safetensors"),
        "t3": .string("model-00002-of-00002.safetensors"),
      ])
  }

  @Test func splitKeysAreInEveryGGUFAndTheRestInTheFirst() {
    let metadata = [MetadataEntry("format", .string("pt")), MetadataEntry("k", .uint8(1))]
    func keys(_ index: Int) -> [MetadataEntry] {
      [
        MetadataEntry("split.no", .uint16(UInt16(index))),
        MetadataEntry("split.tensors.count", .int32(9)), MetadataEntry("split.count", .uint16(3)),
      ]
    }
    let gguf = ShardConvention.gguf
    #expect(gguf.metadata(metadata, shard: 0, of: 3, tensorCount: 9) == metadata + keys(0))
    #expect(gguf.metadata(metadata, shard: 2, of: 3, tensorCount: 9) == keys(2))
    let safetensors = ShardConvention.safetensors
    #expect(safetensors.metadata(metadata, shard: 0, of: 3, tensorCount: 9) == metadata)
    #expect(safetensors.metadata(metadata, shard: 1, of: 3, tensorCount: 9) == [metadata[0]])
  }

  @Test func severalFilesNeedAFolder() throws {
    let job = try job(.tensorCount(1))
    let error = failure { _ = try job.plan(for: .file(path: folder.path + "/o.gguf")) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "split-needs-folder")
  }

  @Test func oneFileNeedsNone() throws {
    let plan = try job(.tensorCount(4)).plan(for: .file(path: folder.path + "/o.gguf"))
    #expect(plan.files.map(\.name) == ["o.gguf"])
  }

  @Test func otherContainersAreNotSplit() throws {
    let job = try job(.tensorCount(1), id: "test")
    #expect(failure { _ = try job.plan(for: target) }?.reason == "split-not-in-format")
  }

  @Test func moreShardsThan16BitsCountAreRefused() throws {
    let tensors = [Int](repeating: 0, count: 65_536)
    let job = try job(.tensorCount(1), tensors)
    #expect(failure { _ = try job.plan(for: target) }?.reason == "too-many-shards")
  }

  @Test(arguments: [1, 3]) func allFilesAreWrittenAndVerified(threadCount: Int) throws {
    var job = try job(.tensorCount(3), id: "safetensors")
    job.options.threadCount = threadCount
    let report = try job.run(to: target)
    #expect(
      try FileSystem.names(in: folder.path + "/out") == [
        "SHA256SUMS", "ingot-manifest.json", "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors", "model.safetensors.index.json",
      ])
    #expect(report.manifest.files.map(\.tensors.count) == [3, 1, 0])
    #expect(
      try OutputVerification(.init(of: folder.path + "/out")).run(threadCount: 2).isEmpty)
    let again = try Rederivation(job.source, manifest: report.manifest, share: 1)
    #expect(try again.run(threadCount: 1).findings.isEmpty)
  }

  @Test func shardsAreResumed() throws {
    let job = try job(.tensorCount(1))
    let units = Monitor(0)
    let error = failure {
      try job.run(
        to: target,
        events: .init(
          onProgress: { _, _ in units.withLock { $0 += 1 } },
          isCancelled: { units.withLock { $0 == 2 } }))
    }
    #expect(error?.code == .cancelled)
    #expect(try job.run(to: target).resumedLeafCount == 2)
    let whole = OutputTarget.folder(path: folder.path + "/whole")
    try job.run(to: whole)
    #expect(try contents(folder.path + "/out") == contents(folder.path + "/whole"))
  }
}
