import Encodings
import Recipes
import Tensors
import Testing

@testable import Conversion

/// Sources in NVFP4 and the factors beside them; where NVFP4 has no place.
@Suite struct FactorTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Two matrices of 64 values in NVFP4, with factors.
  private func source(_ factors: [Float], name: String = "w.scale") throws -> Checkpoint {
    var blocks = [UInt8](repeating: 0, count: 72)
    floats(128).map { $0 * 100 }.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { NVFP4.encode(values, into: $0) }
    }
    return try checkpoint([
      TestTensor(name, .F32, [factors.count], floatBytes(factors)),
      TestTensor("w.input_scale", .F32, [1], floatBytes([3])),
      TestTensor("w.weight", .NVFP4, [2, 1, 64], blocks),
      TestTensor("v.scale", .F32, [1], floatBytes([7])),
    ])
  }

  private func decoded(_ source: Checkpoint) throws -> [Float] {
    let info = try #require(source.tensors.first { $0.name == "w.weight" })
    let bytes = ByteBuffer(byteCount: 72)
    try source.read(info, offset: 0, into: bytes.prefix(72))
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 128)
    defer { values.deallocate() }
    NVFP4.decode(UnsafeRawBufferPointer(bytes.prefix(72)), into: values)
    return Array(values)
  }

  @Test(arguments: [[Float(0.5)], [0.5, 0.25]])
  func decodingMultiplies(factors: [Float]) throws {
    let source = try source(factors)
    let path = folder.path + "/o.test"
    let report = try Job(source, "encoding: F32\nrules: [{match: 'v*', encoding: keep}]")
      .run(to: .file(path: path))
    let tensors = report.manifest.files[0].tensors
    #expect(tensors.map(\.name) == ["w.weight", "v.scale"])
    #expect(tensors[0].outcome == .repacked)
    let expected = try decoded(source).enumerated().map {
      $1 * factors[min($0 / 64, factors.count - 1)]
    }
    let bytes = try readFile(path)
    #expect(Array(bytes[tensors[0].offset..<(tensors[0].offset + 512)]) == floatBytes(expected))
  }

  @Test func thePlanNamesWhatNumbersTakeIn() throws {
    let plan = try Job(source([1]), "encoding: F32").plan(for: .file(path: "/no/o.test"))
    #expect(plan.takenIn.map(\.name) == ["w.scale", "w.input_scale"])
  }

  @Test func aCopyKeepsFactorsWhateverTheRecipeSays() throws {
    let yaml = "encoding: F16\nrules: [{match: 'w.weight', encoding: keep}]"
    let plan = try Job(source([1]), yaml).plan(for: .file(path: "/no/o.test"))
    #expect(plan.takenIn.isEmpty)
    #expect(plan.tensors.map(\.outcome) == [.exact, .exact, .exact, .requantized])
  }

  @Test func encodingAnewAppliesFactors() throws {
    let source = try source([0.5, 0.25])
    let yaml = "encoding: Q8_0\nallow-requantize: true\nrules: [{match: 'v*', encoding: keep}]"
    let made = try Job(source, yaml).run(to: .file(path: folder.path + "/a.test")).manifest
    let values = try decoded(source).enumerated().map { $1 * ($0 < 64 ? 0.5 : 0.25) }
    let plain = try checkpoint([TestTensor("w.weight", .F32, [2, 1, 64], floatBytes(values))])
    let other = try Job(plain, "encoding: Q8_0").run(to: .file(path: folder.path + "/b.test"))
      .manifest
    #expect(made.files[0].tensors[0].digest == other.files[0].tensors[0].digest)
    #expect(made.files[0].tensors[0].error == other.files[0].tensors[0].error)
  }

  @Test func factorsThatWereTakenInAreProven() throws {
    let source = try source([0.5])
    let manifest = try Job(source, "encoding: F32").run(to: .file(path: folder.path + "/o.test"))
      .manifest
    #expect(try Manifest(parsing: Array(manifest.text.utf8)) == manifest)
    let same = try Rederivation(source, manifest: manifest, share: 1).run(threadCount: 1)
    #expect(same.findings.isEmpty)
    let other = try Rederivation(self.source([0.25]), manifest: manifest, share: 1)
      .run(threadCount: 1)
    #expect(other.findings.map(\.tensor) == ["w.weight"])
    #expect(other.findings.map(\.kind) == [.source])
  }

  @Test func factorsOfAnotherShapeAreMalformed() throws {
    let error = failure {
      _ = try Job(source([1, 2, 3]), "encoding: F32").plan(for: .file(path: "/no/o.test"))
    }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "factor-shape")
  }

  @Test func aComparisonAppliesFactors() throws {
    let a = try source([0.5])
    let numbers = try decoded(a).map { $0 * 0.5 }
    let b = try checkpoint([TestTensor("w.weight", .F32, [2, 1, 64], floatBytes(numbers))])
    let results = try Comparison(a, b).run(threadCount: 1)
    #expect(results.map(\.name) == ["w.weight", "v.scale"])
    #expect(results.map(\.relation) == [.equalNumbers, .onlyInFirst])
    let scaled = try Comparison(a, source([0.25])).run(threadCount: 1)
    #expect(scaled.first { $0.name == "w.weight" }?.relation == .different)
  }

  @Test func aNameThatIsTakenIsRefused() throws {
    let source = try checkpoint([
      TestTensor("w.weight", [1, 64]), TestTensor("w.scale", .F32, [1], floatBytes([2])),
    ])
    let error = failure {
      _ = try Job(source, "encoding: NVFP4\nrules: [{match: '*.scale', encoding: keep}]")
        .plan(for: .file(path: "/no/o.test"))
    }
    #expect(error?.reason == "encoding-unfit")
    #expect(error?.context.tensor == "w.weight")
  }

  @Test func whatLlamaCppWouldNotMultiplyFallsBack() throws {
    let source = try checkpoint(
      [
        TestTensor("token_embd.weight", [2, 64]), TestTensor("blk.0.attn_q.weight", [2, 64]),
        TestTensor("blk.0.ffn_up.weight", [2, 64]),
      ], metadata: [MetadataEntry("general.architecture", .string("qwen2"))])
    let plan = try Job(source, "encoding: NVFP4\nfallback: [Q4_0]")
      .plan(for: .file(path: "/no/o.test"))
    #expect(plan.tensors.map(\.elementType) == [.Q4_0, .NVFP4, .F32, .Q4_0])
    #expect(plan.fallbackCount == 2)
    #expect(plan.tensors[0].fallbackReason == "llama.cpp reads no factor for this tensor")
  }
}

/// Methods and the encodings they are for.
@Suite struct MethodUseTests {
  private func plan(_ yaml: String) throws -> Plan {
    try Job(
      checkpoint([TestTensor("a.weight", [1, 64]), TestTensor("b.weight", [1, 64])]), yaml
    ).plan(for: .file(path: "/no/o.test"))
  }

  @Test func theRecipesMethodIsForTheEncodingsItKnows() throws {
    let plan = try plan(
      "encoding: NVFP4\nmethod: four-over-six\nrules: [{match: 'b*', encoding: Q8_0}]")
    #expect(plan.tensors.map(\.method) == ["four-over-six", nil, "nearest"])
  }

  @Test func aRulesMethodForAnotherEncodingIsRefused() {
    let error = failure {
      _ = try plan("encoding: NVFP4\nrules: [{match: 'b*', encoding: Q8_0, method: four-over-six}]")
    }
    #expect(error?.reason == "method-not-for-encoding")
    #expect(error?.context.tensor == "b.weight")
  }

  @Test func aMethodThatIsForNothingIsRefused() {
    let error = failure { _ = try plan("encoding: Q8_0\nmethod: four-over-six") }
    #expect(error?.code == .unsupported)
    #expect(error?.reason == "method-not-for-encoding")
  }
}
