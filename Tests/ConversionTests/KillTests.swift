import Synchronization
import Tensors
import Testing

@testable import Conversion

/// A copy of the folder at a step is what a kill at that step leaves; the rerun goes on from there.
@Suite struct KillTests {

  private func job() throws -> Job {
    Job(try checkpoint((0..<4).map { TestTensor("t\($0)", [2, 32], seed: $0) }))
  }

  /// Runs a conversion in one folder and returns another as it was when `step` passed for the
  /// `occurrence`th time; nil if it did not pass so often.
  private func killed(
    _ job: Job, at step: ConversionStep, _ occurrence: Int, _ target: (String) -> OutputTarget,
    _ prepare: (String) throws -> Void
  ) throws -> TemporaryFolder? {
    let running = try TemporaryFolder()
    let left = try TemporaryFolder()
    try prepare(running.path)
    let passed = Atomic<Int>(0)
    let problem = Mutex<(any Error)?>(nil)
    try job.run(
      to: target(running.path),
      events: Converter.Events(onStep: { [running, left] now in
        guard now == step, passed.add(1, ordering: .relaxed).newValue == occurrence else { return }
        do {
          try copyAll(running.path, to: left.path)
        } catch {
          problem.withLock { $0 = error }
        }
      }))
    if let error = problem.withLock({ $0 }) { throw error }
    return passed.load(ordering: .relaxed) >= occurrence ? left : nil
  }

  private func reference(_ target: (String) -> OutputTarget) throws -> [String: [UInt8]] {
    let folder = try TemporaryFolder()
    try job().run(to: target(folder.path))
    return try contents(folder.path)
  }

  @Test(arguments: ConversionStep.allCases, [1, 2])
  func aKilledFolderConversionEndsWithTheSameBytes(step: ConversionStep, occurrence: Int) throws {
    let target = { (path: String) in OutputTarget.folder(path: path + "/out") }
    guard let left = try killed(job(), at: step, occurrence, target, { _ in }) else { return }
    let report = try job().run(to: target(left.path))
    #expect(try contents(left.path) == reference(target))
    #expect(
      report.resumedLeafCount == (step == .staged ? 0 : step == .unitWritten ? occurrence : 4))
  }

  @Test(arguments: ConversionStep.allCases, [1, 2])
  func aKilledFileConversionEndsWithTheSameBytes(step: ConversionStep, occurrence: Int) throws {
    let target = { (path: String) in OutputTarget.file(path: path + "/out.test") }
    guard let left = try killed(job(), at: step, occurrence, target, { _ in }) else { return }
    try job().run(to: target(left.path))
    #expect(try contents(left.path) == reference(target))
  }

  @Test(arguments: ConversionStep.allCases, [1, 2])
  func aKilledReplacementOfAFolderEndsWithTheNewOne(step: ConversionStep, occurrence: Int) throws {
    let target = { (path: String) in OutputTarget.folder(path: path + "/out") }
    var job = try job()
    job.replacesExisting = true
    var older = job
    older.recipe = "encoding: Q4_0"
    let old = { [older] (path: String) in _ = try older.run(to: target(path)) }
    guard let left = try killed(job, at: step, occurrence, target, old) else { return }
    // At every moment the old output or the new one is whole.
    let location = try OutputVerification.Location(of: left.path + "/out")
    #expect(try OutputVerification(location).run(threadCount: 1).isEmpty)
    let manifest = try readFile(left.path + "/out/" + Manifest.folderFileName)
    let isNew = try manifest == reference(target)["out/" + Manifest.folderFileName]
    #expect(isNew == [.renamed, .nameDurable].contains(step))
    try job.run(to: target(left.path))
    #expect(try contents(left.path) == reference(target))
  }

  @Test(arguments: ConversionStep.allCases, [1, 2])
  func aKilledReplacementOfAFileEndsWithTheNewOne(step: ConversionStep, occurrence: Int) throws {
    let target = { (path: String) in OutputTarget.file(path: path + "/out.test") }
    var job = try job()
    job.replacesExisting = true
    var older = job
    older.recipe = "encoding: Q4_0"
    let old = { [older] (path: String) in _ = try older.run(to: target(path)) }
    guard let left = try killed(job, at: step, occurrence, target, old) else { return }
    // No manifest ever stands beside a file that it does not describe.
    if FileSystem.exists(left.path + "/out.test." + Manifest.folderFileName) {
      let location = try OutputVerification.Location(of: left.path + "/out.test")
      #expect(try OutputVerification(location).run(threadCount: 1).isEmpty)
    }
    try job.run(to: target(left.path))
    #expect(try contents(left.path) == reference(target))
  }

  @Test func theCheckBeforeThePlanLetsAHalfRenamedOutputPass() throws {
    let target = { (path: String) in OutputTarget.file(path: path + "/out.test") }
    let job = try job()
    let left = try #require(try killed(job, at: .fileRenamed, 1, target, { _ in }))
    try Converter.checkOutputIsFree(target(left.path), job.source)
  }

  @Test func aFinishedOutputOfAnotherJobIsRefused() throws {
    let target = { (path: String) in OutputTarget.folder(path: path + "/out") }
    let left = try #require(try killed(job(), at: .renamed, 1, target, { _ in }))
    var other = try job()
    other.recipe = "encoding: Q4_0"
    #expect(failure { try other.run(to: target(left.path)) }?.reason == "output-exists")
  }

  @Test func filesOfAnOldOutputThatOthersShareAreNotWrittenTo() throws {
    let target = { (path: String) in OutputTarget.folder(path: path + "/out") }
    var job = try job()
    job.replacesExisting = true
    var older = job
    older.recipe = "encoding: Q4_1"
    let old = { [older] (path: String) in _ = try older.run(to: target(path)) }
    let left = try #require(try killed(job, at: .renamed, 1, target, old))
    // The old output is staged now; a registry shares its file.
    let staged = left.path + "/.out.ingot-partial/content/model-test.test"
    let oldBytes = try readFile(staged)
    try makeHardLink(staged, left.path + "/blob")
    var other = job
    other.recipe = "encoding: Q4_0"
    try other.run(to: target(left.path))
    #expect(try readFile(left.path + "/blob") == oldBytes)
  }

  @Test func theSameJobDoesNotWriteToSharedFilesEither() throws {
    let target = { (path: String) in OutputTarget.folder(path: path + "/out") }
    var job = try job()
    job.replacesExisting = true
    var older = job
    older.recipe = "encoding: Q4_1"
    let old = { [older] (path: String) in _ = try older.run(to: target(path)) }
    let left = try #require(try killed(job, at: .renamed, 1, target, old))
    let oldBytes = try readFile(left.path + "/.out.ingot-partial/content/model-test.test")
    try makeHardLink(left.path + "/.out.ingot-partial/content/model-test.test", left.path + "/blob")
    try FileSystem.remove(left.path + "/out")
    try job.run(to: target(left.path))
    #expect(try readFile(left.path + "/blob") == oldBytes)
  }
}
