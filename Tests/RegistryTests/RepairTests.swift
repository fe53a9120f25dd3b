import Registry
import Testing

/// Publishing the same content again puts right what is damaged, and says so.
@Suite struct Repairs {
  private func republish(
    after damage: (Sandbox, Publication) throws -> Void
  ) throws -> (again: Publication, first: Publication, findings: [Finding]) {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel()
    try damage(sandbox, first)
    #expect(try !sandbox.registry.verify().findings.isEmpty)
    let again = try sandbox.publishModel()
    return (again, first, try sandbox.registry.verify().findings)
  }

  @Test(arguments: ["weights-x", "weights", ""]) func aDamagedBlob(_ content: String) throws {
    let result = try republish { sandbox, _ in
      try sandbox.write(content, sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    }
    #expect(result.findings.isEmpty)
    #expect(result.again.commit == result.first.commit)
    #expect(result.again.files.filter(\.isRepair).map(\.path.text) == ["model.safetensors"])
  }

  @Test func aMissingBlob() throws {
    let result = try republish { sandbox, _ in
      try sandbox.remove(sandbox.repoPath + "/blobs/" + Known.configGit)
    }
    #expect(result.findings.isEmpty)
    #expect(result.again.files.map { $0.outcome == .alreadyThere } == [false, true, true])
  }

  @Test func aBlobThatIsALinkOutOfTheRegistry() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.write("weights-1", sandbox.path + "/same")
    let blob = sandbox.repoPath + "/blobs/" + Known.weightsSHA256
    try sandbox.link(blob, to: "../../../same")
    #expect(try sandbox.publishModel().files.map(\.isRepair) == [false, true, false])
    #expect(try sandbox.read(sandbox.path + "/same") == "weights-1")
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func links() throws {
    let result = try republish { sandbox, first in
      try sandbox.write("weights-1", first.snapshotPath + "/model.safetensors")
      try sandbox.link(first.snapshotPath + "/config.json", to: "/etc/hostname")
      try sandbox.remove(first.snapshotPath + "/sub")
    }
    #expect(result.findings.isEmpty)
    #expect(result.again.repairCount == 3)
    #expect(result.again.commit == result.first.commit)
  }

  @Test func listing() throws {
    let result = try republish { sandbox, first in
      try sandbox.remove(sandbox.repoPath + "/trees/\(first.commit).json")
    }
    #expect(result.findings.isEmpty)
    // Without its listing a commit is known by its links, so that it stays the same commit.
    #expect(result.again.commit == result.first.commit)
  }

  @Test func aFolderReplacedByALinkIsNotWrittenThrough() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel()
    try sandbox.makeFolder(sandbox.path + "/elsewhere")
    try sandbox.remove(first.snapshotPath + "/sub")
    try sandbox.link(first.snapshotPath + "/sub", to: "../../../../elsewhere")
    #expect(reason { try sandbox.publishModel() } == "snapshot-damaged")
    #expect(try sandbox.names(in: sandbox.path + "/elsewhere").isEmpty)
  }

  @Test func filesOfOthersInASnapshotStay() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel()
    try sandbox.write("mine", first.snapshotPath + "/notes.txt")
    #expect(try sandbox.publishModel().commit == first.commit)
    #expect(try sandbox.read(first.snapshotPath + "/notes.txt") == "mine")
  }
}
