import Dialects
import Encodings
import Tensors
import Testing

@testable import Conversion

/// Weights from the file to the bytes, the metadata and the manifest.
@Suite struct ImportanceTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let dimensions = [90, 5120]
  private static let weights = floats(5120, seed: 5).map { $0 * $0 }

  private func job(_ entries: [(String, [Float])], _ yaml: String = "encoding: Q4_0") throws -> Job
  {
    var job = Job(
      try checkpoint([TestTensor("w", Self.dimensions), TestTensor("v", [2, 32], seed: 2)]), yaml)
    job.importance = try importance(entries)
    return job
  }

  @Test func bytesAreTheEncodingsRowByRow() throws {
    let report = try job([("w", Self.weights)]).run(to: .file(path: folder.path + "/o.test"))
    let values = floats(90 * 5120)
    var expected = [UInt8](repeating: 0, count: values.count / 32 * 18)
    let encoding = try #require(EncodingTable.named("Q4_0")?.weighting)
    for row in 0..<90 {
      values.withUnsafeBufferPointer { values in
        Self.weights.withUnsafeBufferPointer { weights in
          expected.withUnsafeMutableBytes { blocks in
            let values = UnsafeBufferPointer(rebasing: values[(row * 5120)..<((row + 1) * 5120)])
            encoding.encode(
              values, weights: weights, rowMeanSquare: rowMeanSquare(of: values),
              into: UnsafeMutableRawBufferPointer(
                rebasing: blocks[(row * 2880)..<((row + 1) * 2880)]))
          }
        }
      }
    }
    let tensor = report.manifest.files[0].tensors[0]
    let bytes = try readFile(folder.path + "/o.test")
    #expect(Array(bytes[tensor.offset..<(tensor.offset + tensor.byteCount)]) == expected)
  }

  @Test(arguments: [1, 2, 3], [1, 2, 4])
  func bytesDoNotDependOnThreadsOrUnits(threadCount: Int, leavesPerUnit: Int) throws {
    var job = try job([("w", Self.weights)])
    let reference = try job.run(to: .folder(path: folder.path + "/a"))
    job.options.threadCount = threadCount
    job.leavesPerUnit = leavesPerUnit
    let report = try job.run(to: .folder(path: folder.path + "/b"))
    #expect(report.manifest == reference.manifest)
    #expect(try contents(folder.path + "/b") == contents(folder.path + "/a"))
  }

  @Test func onlyEncodingsThatUseWeightsAreDecidedByThem() throws {
    let weighted = try job([("w", Self.weights)], "encoding: Q8_0")
    var plain = weighted
    plain.importance = nil
    let a = try weighted.run(to: .file(path: folder.path + "/a.test")).manifest
    let b = try plain.run(to: .file(path: folder.path + "/b.test")).manifest
    #expect(a.files[0].tensors == b.files[0].tensors)
    #expect(a.importance != nil)
    #expect(b.importance == nil)
  }

  @Test func whatHasNoWeightsIsNamedInThePlan() throws {
    let plan = try job([("w", Self.weights)]).plan(for: .file(path: folder.path + "/o.test"))
    #expect(plan.tensors.map(\.importance) == [.weighted, .missing])
    #expect(plan.tensorsWithoutWeights.map(\.name) == ["v"])
  }

  @Test func weightsOfAnotherModelAreRefused() throws {
    let error = failure {
      _ = try job([("v", [1, 2, 3])]).plan(for: .file(path: folder.path + "/o.test"))
    }
    #expect(error?.reason == "importance-size")
    #expect(error?.context.tensor == "v")
  }

  @Test func theMemoryOfWeightsIsPlanned() throws {
    let target = OutputTarget.file(path: folder.path + "/o.test")
    var job = try job([("x", [Float](repeating: 1, count: 1 << 20))])
    let weighted = try job.plan(for: target).resources.memoryByteCount
    job.importance = nil
    // The weights, the name, and what the table takes for an entry.
    #expect(
      try weighted - job.plan(for: target).resources.memoryByteCount == (4 << 20) + 1 + 192)
  }

  @Test func theManifestNamesTheFileWithoutItsFolder() throws {
    let manifest = try job([("w", Self.weights)]).run(to: .folder(path: folder.path + "/o"))
      .manifest
    let entry = try #require(manifest.importance)
    #expect(entry.name == "m.dat")
    #expect(entry.entryCount == 1)
    #expect(entry.chunkCount == 12)
    #expect(entry.datasets == ["ca"])
    #expect(!manifest.text.contains("folder/"))
    #expect(!manifest.text.contains("texts/"))
    #expect(try Manifest(parsing: Array(manifest.text.utf8)) == manifest)
  }

  @Test func theOutputsMetadataNamesIt() throws {
    let entries = OutputMetadata.of(
      [MetadataEntry("general.architecture", .string("llama"))],
      tensors: try job([("w", Self.weights)]).plan(for: .file(path: "/no/x.test")).tensors,
      importance: try importance([("w", [1])]))
    #expect(entries["quantize.imatrix.file"] == .string("m.dat"))
    #expect(entries["quantize.imatrix.dataset"] == .string("ca"))
    #expect(entries["quantize.imatrix.entries_count"] == .uint32(1))
    #expect(entries["quantize.imatrix.chunks_count"] == .uint32(12))
  }

  @Test func anotherMatrixIsAnotherJob() throws {
    // The first run stops after a unit; the second one may not go on with its leaves.
    let target = OutputTarget.file(path: folder.path + "/o.test")
    var job = try job([("w", Self.weights)])
    job.leavesPerUnit = 1
    let stop = Monitor(false)
    let error = failure {
      try job.run(
        to: target,
        events: .init(
          onProgress: { _, _ in stop.withLock { $0 = true } },
          isCancelled: { stop.withLock { $0 } }))
    }
    #expect(error?.code == .cancelled)
    let again = try job.run(to: .file(path: folder.path + "/other.test"))
    job.importance = try importance([("w", Self.weights.map { $0 + 1 })])
    let report = try job.run(to: target)
    #expect(report.resumedLeafCount == 0)
    #expect(report.manifest.files[0].tensors[0].digest != again.manifest.files[0].tensors[0].digest)
  }

  @Test func nonfiniteValuesAreStillCounted() throws {
    var values = floats(64)
    values[40] = .nan
    var job = Job(
      try checkpoint([TestTensor("w", .F32, [2, 32], floatBytes(values))]), "encoding: Q4_0")
    job.importance = try importance([("w", [Float](repeating: 1, count: 32))])
    let error = failure { try job.run(to: .file(path: folder.path + "/o.test")) }
    #expect(error?.reason == "nonfinite-values")
    #expect(error?.message.contains("element 40") == true)
    job.options.nonfinite = .zero
    values[40] = 0
    let zeroed = try job.run(to: .file(path: folder.path + "/o.test")).manifest
    job.source = try checkpoint([TestTensor("w", .F32, [2, 32], floatBytes(values))])
    let clean = try job.run(to: .file(path: folder.path + "/p.test")).manifest
    #expect(zeroed.files[0].tensors[0].digest == clean.files[0].tensors[0].digest)
  }
}

/// Making tensors again with the matrix that they were made with.
@Suite struct ImportanceRederivationTests {
  private let folder: TemporaryFolder
  private let source: Checkpoint
  private let matrix: ImportanceMatrix
  private let manifest: Manifest

  init() throws {
    folder = try TemporaryFolder()
    source = try checkpoint([TestTensor("w", [90, 5120])])
    matrix = try importance([("w", floats(5120, seed: 5).map(\.magnitude))])
    var job = Job(source, "encoding: Q4_0")
    job.importance = matrix
    manifest = try job.run(to: .file(path: folder.path + "/o.test")).manifest
  }

  private func reason(_ importance: ImportanceMatrix?, manifest: Manifest? = nil) -> String? {
    failure {
      _ = try Rederivation(
        source, manifest: manifest ?? self.manifest, share: 1, importance: importance)
    }?.reason
  }

  @Test func theSameMatrixFindsNothing() throws {
    let result = try Rederivation(source, manifest: manifest, share: 1, importance: matrix)
      .run(threadCount: 2)
    #expect(result.findings.isEmpty)
    #expect(result.tensorCount == 1)
  }

  @Test func noMatrixIsRefused() { #expect(reason(nil) == "importance-missing") }

  @Test func anotherMatrixIsRefused() throws {
    #expect(reason(try importance([("w", [1])])) == "importance-differs")
  }

  @Test func anotherSelectionIsRefused() throws {
    let other = try importance(
      [("w", floats(5120, seed: 5).map(\.magnitude))],
      selection: .init(exclude: ["v"]) { $0 != "v" })
    #expect(other.sha256 == matrix.sha256)
    #expect(reason(other) == "importance-differs")
  }

  @Test func aMatrixThatNothingWasMadeWithIsRefused() {
    var plain = manifest
    plain.importance = nil
    #expect(reason(matrix, manifest: plain) == "importance-unexpected")
  }
}
