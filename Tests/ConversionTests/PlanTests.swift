import Tensors
import Testing

@testable import Conversion

@Suite struct PlanTests {
  private let target = OutputTarget.folder(path: "/nonexistent-ingot-test/out")

  @Test func offsetsAreTheLayoutsAndTensorsAreInFileOrder() throws {
    let source = try checkpoint([
      TestTensor("a", [2, 32]), TestTensor("b", [3]), TestTensor("c", [64]),
    ])
    var job = Job(source)
    job.format = TestFormat(alignment: 32, trailer: [1, 2, 3])
    let plan = try job.plan(for: target)
    let file = try #require(plan.files.first)
    #expect(file.tensors.map(\.name) == ["a", "b", "c"])
    #expect(file.tensors.map(\.offset) == [32, 128, 160])
    #expect(file.tensors.map(\.byteCount) == [68, 6, 68])
    #expect(file.tensors.map(\.elementType) == [.Q8_0, .F16, .Q8_0])
    #expect(file.byteCount == 160 + 68 + 3)
    #expect(file.name == "model-test.test")
    #expect(plan.outputByteCount == 142)
    #expect(plan.sourceByteCount == 4 * (64 + 3 + 64))
  }

  @Test func aFileTargetGivesTheFileItsName() throws {
    let job = Job(try checkpoint([TestTensor("a", [32])]))
    #expect(try job.plan(for: .file(path: "/no/x.test")).files[0].name == "x.test")
  }

  @Test func transformersFindsItsFile() throws {
    var job = Job(try checkpoint([TestTensor("a", [32])]))
    job.format.id = "safetensors"
    #expect(try job.plan(for: target).files[0].name == "model.safetensors")
  }

  @Test func aFallbackIsRecorded() throws {
    let job = Job(try checkpoint([TestTensor("a", [2, 33]), TestTensor("b", [32])]))
    let plan = try job.plan(for: target)
    #expect(plan.tensors[0].fellBackFrom == .Q8_0)
    #expect(plan.tensors[1].fellBackFrom == nil)
    #expect(plan.fallbackCount == 1)
  }

  @Test func aShapeThatDoesNotFitIsRefusedWithoutAFallback() throws {
    let job = Job(try checkpoint([TestTensor("a", [2, 33])]), "encoding: Q8_0")
    let error = failure { _ = try job.plan(for: target) }
    #expect(error?.code == .refused)
    #expect(error?.reason == "row-not-whole-blocks")
    #expect(error?.context.tensor == "a")
  }

  @Test func strictRefusesAFallback() throws {
    var job = Job(try checkpoint([TestTensor("a", [2, 33])]))
    job.options.isStrict = true
    let error = failure { _ = try job.plan(for: target) }
    #expect(error?.reason == "strict-fallback")
    #expect(error?.context.tensor == "a")
  }

  @Test func strictRefusesTheFallbackOfOneEncoding() throws {
    let recipe =
      "encoding: Q6_K\nfallback: {Q4_K: [Q5_0], Q6_K: [Q8_0, F16]}\n"
      + "rules: [{match: 'b*', encoding: Q4_K}]"
    var job = Job(
      try checkpoint([
        TestTensor("whole", [2, 256]), TestTensor("b", [2, 96]), TestTensor("a", [2, 96]),
        TestTensor("c", [2, 33]),
      ]), recipe)
    let plan = try job.plan(for: target)
    #expect(plan.tensors.map(\.elementType) == [.Q6_K, .Q5_0, .Q8_0, .F16])
    #expect(plan.fallbackCount == 3)
    job.options.isStrict = true
    let error = failure { _ = try job.plan(for: target) }
    #expect(error?.code == .refused && error?.reason == "strict-fallback")
    #expect(error?.context.tensor == "b")
    #expect(error?.message.contains("Q4_K does not fit: rows of 96 elements") == true)
    #expect(error?.message.contains("the fallback to Q5_0") == true)
  }

  @Test func strictAcceptsATableThatIsNotNeeded() throws {
    var job = Job(
      try checkpoint([TestTensor("a", [2, 256])]),
      "encoding: Q6_K\nfallback: {Q4_K: [Q5_0], Q6_K: [Q8_0]}")
    job.options.isStrict = true
    #expect(try job.plan(for: target).fallbackCount == 0)
  }

  @Test func strictRefusesPackedNumbersAgain() throws {
    let bytes = [UInt8](repeating: 0, count: 34)
    var job = Job(
      try checkpoint([TestTensor("a", .Q8_0, [32], bytes)]),
      "encoding: Q4_0\nallow-requantize: true")
    #expect(try job.plan(for: target).tensors[0].outcome == .requantized)
    job.options.isStrict = true
    #expect(failure { _ = try job.plan(for: target) }?.reason == "strict-requantize")
  }

  @Test func packedNumbersAreNotQuantizedAgainUnlessAllowed() throws {
    let bytes = [UInt8](repeating: 0, count: 34)
    let job = Job(try checkpoint([TestTensor("a", .Q8_0, [32], bytes)]), "encoding: Q4_0")
    #expect(failure { _ = try job.plan(for: target) }?.reason == "requantize-not-allowed")
  }

  @Test func whatCannotBeDecodedIsNamed() throws {
    let bytes = [UInt8](repeating: 0, count: 256)
    let job = Job(try checkpoint([TestTensor("a", .F8_E4M3FNUZ, [256], bytes)]), "encoding: F32")
    let error = failure { _ = try job.plan(for: target) }
    #expect(error?.code == .unsupported)
    #expect(error?.reason == "cannot-decode")
    #expect(error?.context.tensor == "a")
  }

  @Test func diskLimitIsHeld() throws {
    var job = Job(try checkpoint([TestTensor("a", [32])]))
    // 42 bytes of model, 8 KiB for manifest and checksums, 1 KiB a tensor.
    job.options.maximumDisk = 42 + 8192 + 1024
    #expect(try job.plan(for: target).resources.diskByteCount == 42 + 8192 + 1024)
    job.options.maximumDisk = 42 + 8192 + 1023
    let error = failure { _ = try job.plan(for: target) }
    #expect(error?.code == .limitExceeded)
    #expect(error?.reason == "disk-limit")
  }

  @Test func anEmptyCheckpointHasAPlan() throws {
    let plan = try Job(try checkpoint([])).plan(for: target)
    #expect(plan.files[0].byteCount == 8)
    #expect(plan.bitsPerElement == 0)
    #expect(plan.tensors.isEmpty)
  }
}

@Suite struct OutcomeTests {
  @Test(arguments: [
    (ElementType.F32, ElementType.F32, Outcome.exact), (.Q4_K, .Q4_K, .exact),
    (.F16, .F32, .repacked), (.BF16, .F32, .repacked), (.F8_E4M3, .F16, .repacked),
    (.F8_E5M2, .BF16, .repacked), (.Q8_0, .F32, .repacked), (.Q4_0, .F64, .repacked),
    (.F32, .F64, .repacked), (.F32, .F16, .requantized), (.F32, .BF16, .requantized),
    (.F16, .BF16, .requantized), (.BF16, .F16, .requantized), (.F64, .F32, .requantized),
    (.F32, .Q8_0, .requantized), (.Q8_0, .F16, .requantized), (.Q8_0, .Q4_0, .requantized),
    (.I64, .F64, .requantized), (.U64, .F64, .requantized), (.I32, .F64, .repacked),
  ])
  func typesDecide(source: ElementType, target: ElementType, outcome: Outcome) {
    #expect(Outcome.of(source, as: target) == outcome)
  }
}

@Suite struct ResourceTests {
  private let target = OutputTarget.folder(path: "/nonexistent-ingot-test/out")

  private func resources(_ maximumMemory: Int?, threads: Int) throws -> Plan.Resources {
    var job = Job(try checkpoint([TestTensor("a", [1024, 2048])]))
    job.options.threadCount = threads
    job.options.maximumMemory = maximumMemory
    return try job.plan(for: target).resources
  }

  @Test func withoutALimitUnitsAndThreadsAreWhatWasAskedFor() throws {
    let free = try resources(nil, threads: 3)
    #expect(free.threadCount == 3)
    #expect(free.leavesPerUnit == 4)
    #expect(free.bufferCount == 8)
  }

  @Test func theNeedShrinksBelowEveryLimitThatCanBeMet() throws {
    var limit = try resources(nil, threads: 3).memoryByteCount
    var seen: [Plan.Resources] = []
    while let found = try? resources(limit, threads: 3) {
      #expect(found.memoryByteCount <= limit)
      #expect(found.bufferCount > found.threadCount)
      seen.append(found)
      limit = found.memoryByteCount - 1
    }
    #expect(seen.last?.threadCount == 1)
    #expect(seen.last?.leavesPerUnit == 1)
    #expect(seen.contains { $0.threadCount == 3 && $0.leavesPerUnit == 1 })
    let error = failure { _ = try resources(limit, threads: 3) }
    #expect(error?.code == .limitExceeded)
    #expect(error?.reason == "memory-limit")
  }
}
