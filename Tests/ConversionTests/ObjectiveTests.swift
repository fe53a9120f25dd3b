import Dialects
import Encodings
import Tensors
import Testing

@testable import Conversion

/// The error that a method lowers, beside nearest's, from the blocks to the manifest.
@Suite struct ObjectiveTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let dimensions = [90, 5120]
  private static let weights = floats(5120, seed: 5).map { $0 * $0 }

  /// Two leaves, of which the first ends within a row.
  private func job(_ yaml: String, isWeighted: Bool = false) throws -> Job {
    var job = Job(try checkpoint([TestTensor("w", Self.dimensions)]), yaml)
    if isWeighted { job.importance = try importance([("w", Self.weights)]) }
    return job
  }

  private func tensor(_ job: Job, _ name: String = "o.test") throws -> Manifest.Tensor {
    try #require(
      job.run(to: .file(path: folder.path + "/" + name)).manifest.files[0].tensors.first)
  }

  private func isNear(_ found: Double?, _ expected: Double) -> Bool {
    found.map { abs($0 - expected) <= 1e-6 * expected } ?? false
  }

  @Test(arguments: ["Q4_0", "Q4_K", "NVFP4"])
  func withoutWeightsItIsTheError(encoding: String) throws {
    let searched = try tensor(job("encoding: \(encoding)\nmethod: search"), "s.test")
    let nearest = try tensor(job("encoding: \(encoding)"), "n.test")
    let objective = try #require(searched.objective)
    #expect(!objective.isWeighted)
    #expect(isNear(objective.relativeRMSE, searched.error.relativeRMSE))
    #expect(isNear(objective.nearestRelativeRMSE, nearest.error.relativeRMSE))
    #expect(objective.relativeRMSE < nearest.error.relativeRMSE)
    #expect(nearest.objective == nil)
  }

  @Test func withWeightsItIsTheWeightedError() throws {
    let job = try job("encoding: Q4_0\nmethod: search", isWeighted: true)
    let path = folder.path + "/o.test"
    let tensor = try tensor(job)
    let bytes = try readFile(path)[tensor.offset..<(tensor.offset + tensor.byteCount)]
    let values = floats(90 * 5120)
    var decoded = values
    let codec = try #require(EncodingTable.named("Q4_0"))
    Array(bytes).withUnsafeBytes { blocks in
      decoded.withUnsafeMutableBufferPointer { codec.decode(blocks, into: $0) }
    }
    var (error, square) = (0.0, 0.0)
    for index in values.indices {
      let weight = Double(Self.weights[index % 5120])
      let difference = Double(decoded[index]) - Double(values[index])
      error += weight * difference * difference
      square += weight * Double(values[index]) * Double(values[index])
    }
    let objective = try #require(tensor.objective)
    #expect(objective.isWeighted)
    #expect(isNear(objective.relativeRMSE, (error / square).squareRoot()))
    #expect(!isNear(objective.relativeRMSE, tensor.error.relativeRMSE))
  }

  @Test(arguments: ["Q4_0", "Q4_K", "Q2_K"])
  func nearestWithWeightsIsWhatSearchComparesWith(encoding: String) throws {
    let searched = try tensor(
      job("encoding: \(encoding)\nmethod: search", isWeighted: true), "s.test")
    let nearest = try tensor(job("encoding: \(encoding)", isWeighted: true), "n.test")
    let objective = try #require(nearest.objective)
    #expect(objective.isWeighted && objective.nearestRelativeRMSE == nil)
    #expect(searched.objective?.nearestRelativeRMSE == objective.relativeRMSE)
    #expect(searched.objective?.relativeRMSE ?? 1 < objective.relativeRMSE)
  }

  @Test func matricesOfAStackCountByTheirSize() throws {
    // Factors differ by 10^6: sums of block values would count the matrices alike.
    let one = 30 * 128
    let values = floats(one * 3).enumerated().map { $1 * [1e-3, 1, 1e3][$0 / one] }
    let job = Job(
      try checkpoint([TestTensor("w.weight", .F32, [3, 30, 128], floatBytes(values))]),
      "encoding: NVFP4\nmethod: four-over-six")
    let tensor = try tensor(job)
    #expect(isNear(tensor.objective?.relativeRMSE, tensor.error.relativeRMSE))
    #expect(tensor.objective?.reduction ?? 0 > 0)
  }

  @Test(arguments: [1, 2, 3], [1, 2])
  func itDependsOnNeitherThreadsNorUnits(threadCount: Int, leavesPerUnit: Int) throws {
    let choices = [
      ("encoding: Q4_0\nmethod: search", false), ("encoding: Q4_0\nmethod: search", true),
      ("encoding: Q4_0", true), ("encoding: NVFP4\nmethod: four-over-six", true),
    ]
    for (index, (yaml, isWeighted)) in choices.enumerated() {
      var job = try job(yaml, isWeighted: isWeighted)
      let reference = try tensor(job, "a\(index).test")
      job.options.threadCount = threadCount
      job.leavesPerUnit = leavesPerUnit
      #expect(try tensor(job, "b\(index).test").objective == reference.objective)
      #expect(reference.objective != nil)
    }
  }

  @Test(arguments: [("search", true), ("search", false), ("nearest", true)])
  func aResumedRunHasIt(method: String, isWeighted: Bool) throws {
    var job = try job("encoding: Q4_0\nmethod: \(method)", isWeighted: isWeighted)
    job.leavesPerUnit = 1
    job.options.threadCount = 1
    let target = OutputTarget.folder(path: folder.path + "/o")
    let asked = Monitor(0)
    let error = failure {
      try job.run(
        to: target,
        events: .init(isCancelled: {
          asked.withLock { asked in
            asked += 1
            return asked > 1
          }
        }))
    }
    #expect(error?.code == .cancelled)
    let report = try job.run(to: target)
    #expect(report.resumedLeafCount == 1)
    #expect(report.manifest.files[0].tensors[0].objective != nil)
    try job.run(to: .folder(path: folder.path + "/whole"))
    #expect(try contents(target.path) == contents(folder.path + "/whole"))
  }

  @Test func whatIsRoundedWithoutWeightsHasNone() throws {
    #expect(try tensor(job("encoding: Q4_0"), "a.test").objective == nil)
    #expect(try tensor(job("encoding: Q8_0", isWeighted: true), "b.test").objective == nil)
    #expect(try tensor(job("encoding: F32"), "c.test").objective == nil)
  }

  @Test func makingItAgainFindsAnotherObjective() throws {
    let job = try job("encoding: Q4_0\nmethod: search", isWeighted: true)
    var manifest = try job.run(to: .file(path: folder.path + "/o.test")).manifest
    func findings() throws -> [OutputFinding] {
      try Rederivation(job.source, manifest: manifest, share: 1, importance: job.importance)
        .run(threadCount: 1).findings
    }
    #expect(try findings().isEmpty)
    let objective = try #require(manifest.files[0].tensors[0].objective)
    manifest.files[0].tensors[0].objective?.nearestRelativeRMSE = 0.5
    #expect(try findings().map(\.kind) == [.rederivation])
    #expect(try findings().first?.expected.hasSuffix("0.5 by nearest") == true)
    #expect(try findings().first?.found == objective.description)
    manifest.files[0].tensors[0].objective = nil
    #expect(try findings().map(\.expected) == ["no objective"])
  }
}

/// The entry in the manifest's text.
@Suite struct ManifestObjectiveTests {
  private let folder: TemporaryFolder
  private let manifest: Manifest

  init() throws {
    folder = try TemporaryFolder()
    var job = Job(
      try checkpoint([
        TestTensor("a", [4, 64]), TestTensor("b", [4, 64], seed: 2), TestTensor("c", [64], seed: 3),
      ]),
      """
      encoding: Q4_0
      method: search
      rules:
        - {match: b, encoding: Q4_0, method: nearest}
        - {match: c, encoding: F32}
      """)
    job.importance = try importance([
      ("a", (0..<64).map { Float($0 % 5) }), ("b", (0..<64).map { Float($0 % 7) }),
    ])
    manifest = try job.run(to: .folder(path: folder.path + "/out")).manifest
  }

  private func reason(_ old: String, _ new: String) -> String? {
    let text = manifest.text
    guard let range = text.firstRange(of: old) else { return "nothing to change" }
    let changed = String(text[..<range.lowerBound]) + new + String(text[range.upperBound...])
    return failure { _ = try Manifest(parsing: Array(changed.utf8)) }?.reason
  }

  @Test func theTextIsAsItWasAndReadBack() throws {
    #expect(try Manifest(parsing: Array(manifest.text.utf8)) == manifest)
    try expectGolden(manifest.text, "manifest-objective.json")
  }

  @Test func membersThatContradictTheMethodAreRefused() throws {
    let nearest = try #require(manifest.files[0].tensors[0].objective?.nearestRelativeRMSE)
    #expect(reason("\"nearest\": \(nearest)", "\"nearest\": null") == "manifest-member")
    #expect(reason("\"nearest\": null", "\"nearest\": 0.5") == "manifest-member")
    #expect(reason("\"nearest\": \(nearest)", "\"nearest\": -\(nearest)") == "manifest-member")
    #expect(reason("\"weighted\": true", "\"weighted\": 1") == "manifest-member")
    #expect(reason("\"weighted\": true", "\"x\": 1, \"weighted\": true") == "manifest-member")
    #expect(reason("\"objective\": {", "\"objective\": null, \"x\": {") == "manifest-member")
  }

  @Test func onlyAMethodHasAnObjective() throws {
    let text = manifest.text
    let start = try #require(text.firstRange(of: "\"objective\": {")).lowerBound
    let end = try #require(text[start...].firstIndex(of: "}"))
    let entry = String(text[start...end])
    #expect(reason("\"method\": null,", "\"method\": null, \(entry),") == "manifest-member")
  }
}
