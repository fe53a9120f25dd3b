import Conversion
import Tensors
import Testing

/// What can be planned, so that mixtures can be compared, and not be carried out.
@Suite struct PlanRefusalTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var target: OutputTarget { .folder(path: folder.path + "/out") }

  private func job(_ recipe: String, _ names: String...) throws -> Job {
    Job(try checkpoint(names.map { TestTensor($0, [2, 256]) }), recipe)
  }

  @Test func anEncodingThatNobodyFillsIsPlannedAndRefused() throws {
    let job = try job("encoding: IQ2_XXS", "a", "b", "c")
    let plan = try job.plan(for: target)
    #expect(plan.tensors.allSatisfy { $0.elementType == .IQ2_XXS && $0.byteCount == 132 })
    let error = failure { try job.run(to: target) }
    #expect(error?.code == .unsupported && error?.reason == "cannot-encode")
    #expect(error?.context.tensor == "a")
    #expect(error?.message.contains("IQ2_XXS, which test.yaml default asks for") == true)
    #expect(error?.message.contains("2 other tensors") == true)
    #expect(try folder.names.isEmpty)
  }

  @Test func anEncodingThatNeedsAMatrixIsPlannedAndRefusedWithoutOne() throws {
    let job = try job("encoding: Q4_0\nrequires-importance: Q4_0", "a", "b")
    #expect(try job.plan(for: target).tensors.count == 2)
    let error = failure { try job.run(to: target) }
    #expect(error?.code == .refused && error?.reason == "importance-required")
    #expect(error?.message.hasSuffix("test needs them for a, b") == true)
    #expect(try folder.names.isEmpty)
  }

  @Test func whatIsKeptNeedsNothing() throws {
    let bytes = [UInt8](repeating: 0, count: 66)
    let source = try checkpoint([TestTensor("a", .IQ2_XXS, [256], bytes)])
    let job = Job(source, "encoding: IQ2_XXS\nrequires-importance: IQ2_XXS")
    #expect(try job.plan(for: target).refusal == nil)
    try job.run(to: target)
  }
}
