import Tensors
import Testing

@testable import Conversion

/// Changes that were interrupted, at every step.
extension MetadataEditorTests {
  @Test(arguments: MetadataEditStep.allCases, [false, true])
  func whatWasInterruptedIsFinishedOrUndone(step: MetadataEditStep, inPlace: Bool) throws {
    try makeOutput()
    let old = try contents(folder.path)
    let edits: [MetadataEdit] = [.set(entry("name", "new"))]
    let error = failure {
      try run(edits, inPlace: inPlace) { passed throws(ModelError) in
        if passed == step { throw ModelError(.cancelled, "killed", "killed") }
      }
    }
    #expect(error?.reason == "killed")
    let isFinished = try MetadataEditor.finishInterrupted(path)
    #expect(isFinished == (step != .staged))
    if step == .staged { #expect(try contents(folder.path) == old) }
    try run(edits)
    #expect(try readFile(path) == bytes([entry("name", "new"), metadata[1]]))
    #expect(try OutputVerification(.init(of: path)).run(threadCount: 1).isEmpty)
    #expect(try folder.names.count == 3)
    #expect(try !MetadataEditor.finishInterrupted(path))
  }

  @Test func whatAKillBeforeTheSealLeftIsRemoved() throws {
    try writeFile(path, bytes(metadata))
    try folder.write(".m.test.ingot-edit/content/m.test", [1, 2, 3])
    try folder.write(".m.test.ingot-edit/sealed.new", Array("{".utf8))
    #expect(try !MetadataEditor.finishInterrupted(path))
    #expect(try folder.names == ["m.test"])
    #expect(try readFile(path) == bytes(metadata))
  }

  @Test func aFileThatWasReplacedSinceIsLeftAlone() throws {
    try writeFile(path, bytes(metadata))
    _ = failure {
      try run([.set(entry("name", "new"))]) { step throws(ModelError) in
        if step == .sealed { throw ModelError(.cancelled, "killed", "killed") }
      }
    }
    let other = [MetadataEntry("other", .bool(true))]
    try FileSystem.remove(path)
    try writeFile(path, bytes(other))
    #expect(try !MetadataEditor.finishInterrupted(path))
    #expect(try readFile(path) == bytes(other))
    #expect(try folder.names == ["m.test"])
  }

  @Test func twoAtATimeAreAConflict() throws {
    try writeFile(path, bytes(metadata))
    let staging = try EditStaging(for: path)
    #expect(failure { try run([.set(entry("name", "new"))]) }?.reason == "edit-running")
    #expect(failure { _ = try MetadataEditor.finishInterrupted(path) }?.reason == "edit-running")
    withExtendedLifetime(staging) {}
    #expect(try readFile(path) == bytes(metadata))
  }
}
