import Registry
import Tensors
import Testing

/// What a publication refuses; the registry stays as it was.
@Suite struct PublishRefusals {
  @Test func aCommitIsNoRevisionToPublishTo() throws {
    let sandbox = try Sandbox()
    let commit = String(repeating: "a", count: 40)
    #expect(reason { try sandbox.publishModel(revision: commit) } == "revision-is-a-commit")
    #expect(!sandbox.exists(sandbox.registry.root))
  }

  @Test(arguments: ["history", "history/x"]) func historyIsReserved(_ name: String) throws {
    let sandbox = try Sandbox()
    #expect(reason { try sandbox.publishModel(tags: [name]) } == "revision-reserved")
  }

  @Test func aTagThatIsTheBranchIsNamedTwice() throws {
    let sandbox = try Sandbox()
    #expect(reason { try sandbox.publishModel(tags: ["main"]) } == "revision-twice")
  }

  @Test func aRefBelowAnotherInOneCall() throws {
    let sandbox = try Sandbox()
    #expect(reason { try sandbox.publishModel(tags: ["main/x"]) } == "ref-name-conflict")
  }

  @Test(arguments: [("a", "a/b"), ("a/b", "a"), ("a/b", "a/b/c")])
  func aRefBelowAnother(_ first: String, _ second: String) throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel(revision: first)
    let before = try sandbox.listing(sandbox.registry.root)
    #expect(
      reason { try sandbox.publishModel("two", weights: "2", revision: second) }
        == "ref-name-conflict")
    #expect(try sandbox.listing(sandbox.registry.root) == before)
  }

  @Test func anEmptyFolderInTheWayOfARefGoes() throws {
    let sandbox = try Sandbox()
    try sandbox.makeFolder(sandbox.repoPath + "/refs/main")
    let result = try sandbox.publishModel()
    #expect(try sandbox.read(sandbox.repoPath + "/refs/main") == result.commit.hex)
  }

  @Test func aTagDoesNotMoveByItself() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel(tags: ["v1"])
    #expect(
      reason { try sandbox.publishModel("two", weights: "weights-2", tags: ["v1"]) }
        == "tag-exists")
    #expect(try sandbox.registry.resolve(sandbox.repo, .main).commit == first.commit)
    var options = PublishOptions()
    options.moveTags = true
    let moved = try sandbox.publishModel(
      "two", weights: "weights-2", tags: ["v1"], options: options)
    #expect(try sandbox.registry.resolve(sandbox.repo, RevisionName("v1")).commit == moved.commit)
  }

  @Test func theLoserOfARaceIsTold() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel()
    var options = PublishOptions()
    options.expectedCommit = .absent
    #expect(reason { try sandbox.publishModel(options: options) } == "unexpected-commit")
    options.expectedCommit = .commit(first.commit)
    let second = try sandbox.publishModel("two", weights: "weights-2", options: options)
    #expect(
      reason { try sandbox.publishModel("three", weights: "weights-3", options: options) }
        == "unexpected-commit")
    #expect(try sandbox.registry.resolve(sandbox.repo).commit == second.commit)
  }

  @Test func emptyFolder() throws {
    let sandbox = try Sandbox()
    try sandbox.makeFolder(sandbox.path + "/empty/sub")
    #expect(
      reason { try sandbox.registry.publish(folder: sandbox.path + "/empty", to: sandbox.repo) }
        == "folder-empty")
  }

  @Test func missingFolder() throws {
    let sandbox = try Sandbox()
    #expect(
      reason { try sandbox.registry.publish(folder: sandbox.path + "/none", to: sandbox.repo) }
        == "no-such-file")
  }

  @Test func aFileIsNoFolder() throws {
    let sandbox = try Sandbox()
    let file = try sandbox.model() + "/config.json"
    #expect(
      reason { try sandbox.registry.publish(folder: file, to: sandbox.repo) } == "not-a-folder")
  }

  @Test(arguments: ["a:b", "a\\b", "a\nb"]) func badFileName(_ name: String) throws {
    let sandbox = try Sandbox()
    let folder = try sandbox.folder("bad", ["ok.txt": "1", name: "2"])
    #expect(
      reason { try sandbox.registry.publish(folder: folder, to: sandbox.repo) }
        == "file-name-invalid")
    #expect(!sandbox.exists(sandbox.registry.root))
  }

  @Test func oneNameComposedInTwoWays() throws {
    let sandbox = try Sandbox()
    let folder = try sandbox.folder("accents", ["x": "0"])
    try sandbox.write("1", folder + "/\u{E9}")
    try sandbox.write("2", folder + "/e\u{301}")
    // On file systems that take both for one name there is nothing ambiguous to publish.
    guard try sandbox.names(in: folder).count == 3 else { return }
    #expect(
      reason { try sandbox.registry.publish(folder: folder, to: sandbox.repo) }
        == "file-name-ambiguous")
  }

  @Test func aLinkToAFolderIsNotFollowed() throws {
    let sandbox = try Sandbox()
    let folder = try sandbox.model()
    try sandbox.link(folder + "/loop", to: ".")
    #expect(
      reason { try sandbox.registry.publish(folder: folder, to: sandbox.repo) }
        == "link-to-folder")
  }

  @Test func aKnownDigestThatDoesNotHold() throws {
    let sandbox = try Sandbox()
    let wrong = try #require(Digest(hex: String(repeating: "0", count: 64)))
    var options = PublishOptions()
    options.knownDigests["model.safetensors"] = .init(sha256: wrong, byteCount: 9)
    #expect(reason { try sandbox.publishModel(options: options) } == "digest-mismatch")
    #expect(try sandbox.names(in: sandbox.repoPath + "/refs").isEmpty)
  }

  @Test func aKnownDigestOfAFileThatIsNotThere() throws {
    let sandbox = try Sandbox()
    let digest = try #require(Digest(hex: Known.weightsSHA256))
    var options = PublishOptions()
    options.knownDigests["gone.safetensors"] = .init(sha256: digest, byteCount: 9)
    #expect(reason { try sandbox.publishModel(options: options) } == "file-missing")
  }

  @Test func aKnownDigestThatHolds() throws {
    let sandbox = try Sandbox()
    let digest = try #require(Digest(hex: Known.weightsSHA256))
    var options = PublishOptions()
    options.knownDigests["model.safetensors"] = .init(sha256: digest, byteCount: 9)
    #expect(try sandbox.publishModel(options: options).files[1].sha256 == digest)
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func aDamagedRefIsNotOverwritten() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel()
    try sandbox.write(first.commit.hex + "\n", sandbox.repoPath + "/refs/main")
    #expect(reason { try sandbox.publishModel("two", weights: "2") } == "ref-newline")
  }

  @Test func stoppingLeavesNothingInStaging() throws {
    let sandbox = try Sandbox()
    var options = PublishOptions()
    options.isCancelled = { true }
    #expect(reason { try sandbox.publishModel(options: options) } == "interrupted")
    #expect(
      try sandbox.names(in: sandbox.repoPath) == ["blobs", "refs", "snapshots", "trees"])
    #expect(try sandbox.names(in: sandbox.repoPath + "/refs").isEmpty)
  }

  @Test(arguments: [("", 0), ("0", 0), ("1700000000", 1_700_000_000)])
  func sourceDateEpoch(_ text: String, _ expected: Int) throws {
    #expect(try PublishOptions.date(environment: ["SOURCE_DATE_EPOCH": text]) == expected)
    #expect(try PublishOptions.date(environment: [:]) == 0)
  }

  @Test(arguments: ["x", "-1", "+1", "1.5", "99999999999999999999"])
  func badSourceDateEpoch(_ text: String) {
    #expect(
      reason { try PublishOptions.date(environment: ["SOURCE_DATE_EPOCH": text]) }
        == "source-date-epoch-invalid")
  }
}
