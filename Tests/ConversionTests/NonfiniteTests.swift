import Encodings
import Tensors
import Testing

@testable import Conversion

@Suite struct NonfiniteTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A tensor of more than one leaf; `values` go where they are told.
  private func model(_ values: [Int: Float]) throws -> Checkpoint {
    var numbers = floats(400 * 1024)
    for (index, value) in values { numbers[index] = value }
    return try checkpoint([
      TestTensor("fine", [32]), TestTensor("bad", .F32, [400, 1024], floatBytes(numbers)),
    ])
  }

  private func decoded(_ report: Converter.Report, _ name: String) throws -> [Float] {
    let source = try checkpoint(report.manifest, in: folder.path)
    let tensor = try #require(source.tensors.first { $0.name == name })
    let codec = try #require(EncodingTable.named(tensor.elementType.rawValue))
    let bytes = try source.files[0].source.bytes(at: tensor.offset, byteCount: tensor.byteCount)
    var values = [Float](repeating: 0, count: tensor.shape.elementCount)
    bytes.withUnsafeBytes { bytes in
      values.withUnsafeMutableBufferPointer { codec.decode(bytes, into: $0) }
    }
    return values
  }

  @Test(arguments: ["Q8_0", "Q4_0", "F16", "BF16"])
  func nanInTheSecondLeafIsRefusedWithTensorIndexAndCount(encoding: String) throws {
    let first = (1 << 18) + 77
    let source = try model([first: .nan, first + 5: -.infinity, 409_599: .nan])
    let error = failure {
      try Job(source, "encoding: \(encoding)").run(to: .file(path: folder.path + "/o.test"))
    }
    #expect(error?.code == .refused)
    #expect(error?.reason == "nonfinite-values")
    #expect(error?.context.tensor == "bad")
    #expect(error?.message.contains("3 values") == true)
    #expect(error?.message.contains("element \(first)") == true)
    #expect(try folder.names.isEmpty)
  }

  @Test func theErrorDoesNotDependOnThreads() throws {
    let source = try model([5: .nan, 300_000: .nan])
    var messages: Set<String> = []
    for threadCount in 1...3 {
      var job = Job(source)
      job.options.threadCount = threadCount
      job.leavesPerUnit = 1
      messages.insert(
        failure { try job.run(to: .file(path: folder.path + "/o.test")) }?.description ?? "")
    }
    #expect(messages.count == 1)
  }

  @Test func zeroReplacesWhatIsNotFinite() throws {
    var job = Job(
      try model([300_000: .nan, 300_001: .infinity, 300_002: -.infinity]), "encoding: F16")
    job.options.nonfinite = .zero
    let report = try job.run(to: .file(path: folder.path + "/o.test"))
    let values = try decoded(report, "bad")
    #expect(values[300_000...300_002].allSatisfy { $0 == 0 })
    #expect(values.allSatisfy { $0.isFinite })
    #expect(values[299_999] != 0)
    #expect(report.manifest.nonfinite == .zero)
    #expect(report.manifest.files[0].tensors[1].error.relativeRMSE.isFinite)
  }

  @Test func clampReplacesByTheGreatest() throws {
    var job = Job(
      try model([300_000: .nan, 300_001: .infinity, 300_002: -.infinity, 3: 1e9]), "encoding: F16")
    job.options.nonfinite = .clamp
    let values = try decoded(try job.run(to: .file(path: folder.path + "/o.test")), "bad")
    #expect(values[300_000] == 0)
    #expect(values[300_001] == 65504)
    #expect(values[300_002] == -65504)
    #expect(values[3] == 65504)
  }

  @Test func whatIsTooGreatForF16IsRefused() throws {
    let source = try model([7: 65520, (1 << 18) + 1: -1e30])
    let error = failure {
      try Job(source, "encoding: F16").run(to: .file(path: folder.path + "/o.test"))
    }
    #expect(error?.code == .refused)
    #expect(error?.reason == "value-overflow")
    #expect(error?.context.tensor == "bad")
    #expect(error?.message.contains("2 values") == true)
    #expect(error?.message.contains("element 7") == true)
  }

  @Test func whatRoundsToTheGreatestF16IsKept() throws {
    let values = try decoded(
      try Job(try model([7: 65519]), "encoding: F16").run(to: .file(path: folder.path + "/o.test")),
      "bad")
    #expect(values[7] == 65504)
  }

  @Test func aCopyKeepsTheBitsOfNaN() throws {
    let bits: [UInt32] = [0x7FC0_1234, 0xFF80_0000, 0x7F80_0001, 0xFFFF_FFFF]
    let bytes = bits.withUnsafeBytes { Array($0) }
    try Job(try checkpoint([TestTensor("a", .F32, [4], bytes)]), "encoding: keep")
      .run(to: .file(path: folder.path + "/o.test"))
    #expect(try Array(readFile(folder.path + "/o.test")[8...]) == bytes)
  }

  @Test func repackingKeepsNaNAndInfinity() throws {
    let halves: [UInt16] = [0x7E01, 0x7C00, 0xFC00, 0x3C00]
    let source = try checkpoint([
      TestTensor("a", .F16, [4], halves.withUnsafeBytes { Array($0) })
    ])
    let report = try Job(source, "encoding: F32").run(to: .file(path: folder.path + "/o.test"))
    let values = try decoded(report, "a")
    #expect(values[0].isNaN)
    #expect(values[1...] == [.infinity, -.infinity, 1])
    #expect(report.manifest.files[0].tensors[0].outcome == .repacked)
  }
}
