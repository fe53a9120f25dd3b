import Synchronization
import Tensors
import Testing

@testable import Conversion

/// Runs that were interrupted and given again.
@Suite struct ResumeTests {
  private let folder: TemporaryFolder
  private let target: OutputTarget
  private var staging: String { folder.path + "/.out.ingot-partial" }

  init() throws {
    folder = try TemporaryFolder()
    target = .folder(path: folder.path + "/out")
  }

  /// Eight tensors of one leaf each.
  private func job() throws -> Job {
    Job(try checkpoint((0..<8).map { TestTensor("t\($0)", [2, 32], seed: $0) }))
  }

  private func reference() throws -> [String: [UInt8]] {
    let other = try TemporaryFolder()
    try job().run(to: .folder(path: other.path + "/out"))
    return try contents(other.path + "/out")
  }

  /// Runs until `unitCount` units are done and is then asked to stop.
  private func interrupt(_ job: Job, after unitCount: Int) throws {
    let asked = Atomic<Int>(0)
    let error = failure {
      try job.run(
        to: target,
        events: Converter.Events(isCancelled: {
          asked.add(1, ordering: .relaxed).oldValue >= unitCount
        }))
    }
    try #require(error?.code == .cancelled)
  }

  @Test(arguments: [0, 1, 3, 7])
  func aCancelledRunGoesOnAndEndsWithTheSameBytes(unitCount: Int) throws {
    let job = try job()
    try interrupt(job, after: unitCount)
    #expect(try folder.names == [".out.ingot-partial"])
    let report = try job.run(to: target)
    #expect(report.resumedLeafCount == unitCount)
    #expect(try contents(target.path) == reference())
    #expect(try folder.names == ["out"])
  }

  @Test func leavesAreResumedUnderAnotherSplit() throws {
    var job = Job(try checkpoint([TestTensor("w", [600, 1024])]))
    job.leavesPerUnit = 1
    let whole = try job.run(to: .folder(path: folder.path + "/whole"))
    try interrupt(job, after: 2)
    job.leavesPerUnit = 2
    job.options.threadCount = 2
    let report = try job.run(to: target)
    #expect(report.resumedLeafCount == 2)
    #expect(report.manifest == whole.manifest)
  }

  @Test func aCancelledRunCanBeCancelledAgain() throws {
    let job = try job()
    try interrupt(job, after: 2)
    try interrupt(job, after: 5)
    #expect(try job.run(to: target).resumedLeafCount == 5)
    #expect(try contents(target.path) == reference())
  }

  @Test func withoutResumingEverythingIsDoneAgain() throws {
    var job = try job()
    try interrupt(job, after: 5)
    job.resumes = false
    #expect(try job.run(to: target).resumedLeafCount == 0)
    #expect(try contents(target.path) == reference())
  }

  @Test func aJournalTornAtAnyByteOfItsLastLineLosesThatLineAtMost() throws {
    let job = try job()
    try interrupt(job, after: 3)
    let staged = try contents(staging)
    let journal = try #require(staged["journal"])
    let lastLine = try #require(journal.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
    let expected = try reference()
    for end in lastLine...journal.count {
      for (name, bytes) in staged where name != "journal" {
        try folder.write(".out.ingot-partial/" + name, bytes)
      }
      try folder.write(".out.ingot-partial/journal", Array(journal[..<end]))
      let report = try job.run(to: target)
      #expect(report.resumedLeafCount == (end == journal.count ? 3 : 2), "cut at \(end)")
      #expect(try contents(target.path) == expected, "cut at \(end)")
      try FileSystem.remove(target.path)
    }
  }

  @Test func aJournalWithAChangedByteIsBelievedUpToThere() throws {
    let job = try job()
    try interrupt(job, after: 3)
    let journal = try readFile(staging + "/journal")
    let secondLine = try #require(journal.firstIndex(of: UInt8(ascii: "\n"))) + 1
    try flip(staging + "/journal", at: secondLine + 8, by: 1)
    #expect(try job.run(to: target).resumedLeafCount == 0)
    #expect(try contents(target.path) == reference())
  }

  @Test(
    arguments: [[], [0xFF, 0xFE, 0x0A], Array("ingot-journal 1 x\n".utf8), [0x0A, 0x0A]]
      as [[UInt8]])
  func aJournalOfNoiseIsIgnored(bytes: [UInt8]) throws {
    try folder.write(".out.ingot-partial/journal", bytes)
    #expect(try job().run(to: target).resumedLeafCount == 0)
    #expect(try contents(target.path) == reference())
  }

  @Test func theJournalOfAnotherRecipeIsIgnored() throws {
    var job = try job()
    try interrupt(job, after: 3)
    job.recipe = "encoding: Q4_0"
    #expect(try job.run(to: target).resumedLeafCount == 0)
  }

  @Test func theJournalOfAnotherPolicyIsIgnored() throws {
    var job = try job()
    try interrupt(job, after: 3)
    job.options.nonfinite = .zero
    #expect(try job.run(to: target).resumedLeafCount == 0)
  }

  @Test func theJournalOfAnotherSourceIsIgnored() throws {
    var job = try job()
    let tensors = (0..<8).map { TestTensor("t\($0)", [2, 32], seed: $0) }
    job.source = try checkpoint(tensors, at: folder.path + "/source.test")
    try interrupt(job, after: 3)
    // The same bytes in a file that was written anew: only reading it all could tell.
    try FileSystem.remove(folder.path + "/source.test")
    job.source = try checkpoint(tensors, at: folder.path + "/source.test")
    #expect(try job.run(to: target).resumedLeafCount == 0)
  }

  @Test func aByteThatChangedInPartialDataIsFoundAndMadeAgain() throws {
    let job = try job()
    try interrupt(job, after: 4)
    try flip(staging + "/content/model-test.test", at: 8 + 68 + 5)
    #expect(try job.run(to: target).resumedLeafCount == 3)
    #expect(try contents(target.path) == reference())
  }

  @Test func partialDataThatWasCutIsMadeAgain() throws {
    let job = try job()
    try interrupt(job, after: 4)
    try writeFile(staging + "/content/model-test.test", [])
    #expect(try job.run(to: target).resumedLeafCount == 0)
    #expect(try contents(target.path) == reference())
  }

  @Test func whatDoesNotBelongInPartialDataIsRemoved() throws {
    let job = try job()
    try interrupt(job, after: 4)
    try folder.write(".out.ingot-partial/content/stranger", [1])
    try job.run(to: target)
    #expect(try contents(target.path) == reference())
  }

  @Test(arguments: [true, false])
  func twoRunsAtOnceAreAConflict(resumes: Bool) throws {
    let first = try job()
    var second = first
    second.resumes = resumes
    let conflict = Mutex<ModelError?>(nil)
    let target = target
    let intruder = second
    try first.run(
      to: target,
      events: Converter.Events(onStep: { step in
        guard step == .staged else { return }
        let error = failure { try intruder.run(to: target) }
        conflict.withLock { $0 = error }
      }))
    #expect(conflict.withLock { $0?.code } == .conflict)
    #expect(conflict.withLock { $0?.reason } == "conversion-running")
    #expect(try contents(target.path) == reference())
    #expect(try folder.names == ["out"])
  }
}
