import Encodings
import Tensors
import Testing

@testable import Conversion

/// Blocks, factors and errors of tensors that become NVFP4.
@Suite struct NVFP4Tests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Sums of twelve uniform numbers: as good as normal for an error of a few percent.
  static func normals(_ count: Int, deviation: Float, seed: Int) -> [Float] {
    let uniform = floats(count * 12, seed: seed)
    return (0..<count).map { index in
      uniform[(index * 12)..<(index * 12 + 12)].reduce(0, +) / 2 * deviation
    }
  }

  private func job(_ values: [Float], _ dimensions: [Int], _ yaml: String = "encoding: NVFP4")
    throws -> Job
  {
    Job(try checkpoint([TestTensor("w.weight", .F32, dimensions, floatBytes(values))]), yaml)
  }

  /// The bytes of an output tensor.
  private func bytes(_ tensor: Manifest.Tensor, in path: String) throws -> [UInt8] {
    Array(try readFile(path)[tensor.offset..<(tensor.offset + tensor.byteCount)])
  }

  private func factors(_ bytes: [UInt8]) -> [Float] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }

  /// The definition: each value divided by the factor, encoded by the plain rule.
  private func expected(_ values: [Float], factor: Float) -> [UInt8] {
    var blocks = [UInt8](repeating: 0, count: values.count / 64 * 36)
    values.map { $0 / factor }.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { NVFP4.encode(values, into: $0) }
    }
    return blocks
  }

  @Test func theTensorIsFollowedByItsFactor() throws {
    let values = floats(64 * 6)
    let path = folder.path + "/o.test"
    let tensors = try job(values, [6, 64]).run(to: .file(path: path)).manifest.files[0].tensors
    #expect(tensors.map(\.name) == ["w.weight", "w.scale"])
    #expect(tensors.map(\.outcome) == [.requantized, .derived])
    #expect(tensors[1].shape.dimensions == [1])
    #expect(tensors[1].sourceDigest == tensors[0].sourceDigest)
    let factor = try #require(values.map(\.magnitude).max()) / 2688
    #expect(try factors(bytes(tensors[1], in: path)) == [factor])
    #expect(try bytes(tensors[0], in: path) == expected(values, factor: factor))
  }

  @Test(arguments: [Float(1e-6), 1e-3, 0.02, 1, 1e3])
  func theErrorIsThatOfTheRealNumbers(deviation: Float) throws {
    let values = Self.normals(64 * 512, deviation: deviation, seed: 3)
    let report = try job(values, [512, 64]).run(to: .file(path: folder.path + "/o.test"))
    #expect(abs(report.manifest.files[0].tensors[0].error.relativeRMSE - 0.095) < 0.002)
  }

  @Test(arguments: [("search", 0.083), ("four-over-six", 0.09)])
  func methodsLoseLess(method: String, bound: Double) throws {
    let values = Self.normals(64 * 512, deviation: 0.02, seed: 3)
    let report = try job(values, [512, 64], "encoding: NVFP4\nmethod: \(method)")
      .run(to: .file(path: folder.path + "/o.test"))
    let tensor = report.manifest.files[0].tensors[0]
    #expect(tensor.error.relativeRMSE < bound)
    #expect(tensor.method == method)
  }

  @Test func eachMatrixOfAStackHasItsOwnFactor() throws {
    // A matrix is no whole number of leaves, so that leaves span them.
    let one = 70 * 1024 * 3
    let values = floats(one * 3, seed: 1).enumerated().map { $1 * Float($0 / one + 1) }
    let path = folder.path + "/o.test"
    let tensors = try job(values, [3, 210, 1024]).run(to: .file(path: path)).manifest.files[0]
      .tensors
    #expect(tensors[1].shape.dimensions == [3])
    let parts = (0..<3).map { Array(values[($0 * one)..<(($0 + 1) * one)]) }
    let wanted = parts.map { ($0.map(\.magnitude).max() ?? 0) / 2688 }
    #expect(try factors(bytes(tensors[1], in: path)) == wanted)
    #expect(
      try bytes(tensors[0], in: path)
        == zip(parts, wanted).flatMap { expected($0, factor: $1) })
  }

  @Test(arguments: [1, 2, 3], [1, 2, 4])
  func bytesDoNotDependOnThreadsOrUnits(threadCount: Int, leavesPerUnit: Int) throws {
    var job = try job(floats(1024 * 900), [900, 1024], "encoding: NVFP4\nmethod: search")
    let reference = try job.run(to: .folder(path: folder.path + "/a"))
    job.options.threadCount = threadCount
    job.leavesPerUnit = leavesPerUnit
    let report = try job.run(to: .folder(path: folder.path + "/b"))
    #expect(report.manifest == reference.manifest)
    #expect(try contents(folder.path + "/b") == contents(folder.path + "/a"))
  }

  @Test(arguments: [1, 3, 4])
  func aResumedRunEndsWithTheSameBytes(unitCount: Int) throws {
    var job = try job(floats(1024 * 900), [900, 1024])
    job.leavesPerUnit = 1
    let target = OutputTarget.folder(path: folder.path + "/o")
    let asked = Monitor(0)
    let error = failure {
      try job.run(
        to: target,
        events: .init(isCancelled: {
          asked.withLock { asked in
            asked += 1
            return asked > unitCount
          }
        }))
    }
    #expect(error?.code == .cancelled)
    #expect(try job.run(to: target).resumedLeafCount == unitCount)
    try job.run(to: .folder(path: folder.path + "/whole"))
    #expect(try contents(target.path) == contents(folder.path + "/whole"))
  }

  @Test func zerosHaveTheFactorOne() throws {
    let path = folder.path + "/o.test"
    let tensors = try job([Float](repeating: 0, count: 64), [1, 64]).run(to: .file(path: path))
      .manifest.files[0].tensors
    #expect(try factors(bytes(tensors[1], in: path)) == [1])
    #expect(tensors[0].error.relativeRMSE == 0)
  }

  @Test func theGreatestNumbersDoNotOverflow() throws {
    let values = [Float](repeating: .greatestFiniteMagnitude, count: 64)
    let report = try job(values, [1, 64]).run(to: .file(path: folder.path + "/o.test"))
    #expect(report.manifest.files[0].tensors[0].error.relativeRMSE < 1e-6)
  }

  @Test func infinitiesAreRefusedOrClampedToTheHighest() throws {
    var values = floats(128)
    values[100] = -.infinity
    var job = try job(values, [2, 64])
    let error = failure { try job.run(to: .file(path: folder.path + "/o.test")) }
    #expect(error?.reason == "nonfinite-values")
    job.options.nonfinite = .clamp
    let clamped = try job.run(to: .file(path: folder.path + "/a.test")).manifest
    values[100] = 0
    values[100] = -(values.map(\.magnitude).max() ?? 0)
    let plain = try self.job(values, [2, 64]).run(to: .file(path: folder.path + "/b.test")).manifest
    #expect(clamped.files[0].tensors.map(\.digest) == plain.files[0].tensors.map(\.digest))
  }

  @Test func columnsThatMatterLoseLess() throws {
    let values = Self.normals(128 * 64, deviation: 1, seed: 9)
    var job = try job(values, [64, 128], "encoding: NVFP4\nmethod: search")
    let plain = try job.run(to: .file(path: folder.path + "/a.test")).manifest
    job.importance = try importance([
      ("w.weight", (0..<128).map { $0 % 8 == 0 ? 100 : 1 })
    ])
    let path = folder.path + "/b.test"
    let weighted = try job.run(to: .file(path: path)).manifest
    #expect(weighted.files[0].tensors[0].digest != plain.files[0].tensors[0].digest)
    #expect(weighted.files[0].tensors[1].digest == plain.files[0].tensors[1].digest)
    let found = try Rederivation(
      job.source, manifest: weighted, share: 1, importance: job.importance
    ).run(threadCount: 2)
    #expect(found.findings.isEmpty)
  }

  @Test func theManifestReadsBackAndIsDerivedAgain() throws {
    let job = try job(floats(1024 * 300), [300, 1024])
    let manifest = try job.run(to: .file(path: folder.path + "/o.test")).manifest
    #expect(try Manifest(parsing: Array(manifest.text.utf8)) == manifest)
    let result = try Rederivation(job.source, manifest: manifest, share: 1).run(threadCount: 2)
    #expect(result.tensorCount == 2)
    #expect(result.findings.isEmpty)
  }

  @Test func factorsOfOtherNumbersAreFound() throws {
    let manifest = try job(floats(64), [1, 64]).run(to: .file(path: folder.path + "/o.test"))
      .manifest
    let other = try job(floats(64).map { $0 * 2 }, [1, 64])
    let result = try Rederivation(other.source, manifest: manifest, share: 1).run(threadCount: 1)
    #expect(Set(result.findings.map(\.tensor)) == ["w.weight", "w.scale"])
  }

  @Test func aDerivedTensorWithoutItsNumbersIsMalformed() throws {
    var manifest = try job(floats(64), [1, 64]).run(to: .file(path: folder.path + "/o.test"))
      .manifest
    manifest.files[0].tensors[1].name = "v.scale"
    #expect(
      failure { _ = try Manifest(parsing: Array(manifest.text.utf8)) }?.reason == "manifest-member")
  }
}
