import Registry
import Testing

@Suite struct Removing {
  @Test func aRepoGoesAndAnotherStays() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    _ = try sandbox.registry.publish(folder: sandbox.model(), to: RepoID("acme/other"))
    let removal = try sandbox.registry.remove(sandbox.repo)
    #expect(removal.isWholeRepo)
    #expect(removal.blobs.count == 3)
    #expect(removal.freedByteCount == 18)
    #expect(try sandbox.names(in: sandbox.registry.root) == ["models--acme--other"])
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func aTagGoesAndItsCommitStaysWhileABranchHasIt() throws {
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel(tags: ["v1"])
    let removal = try sandbox.registry.remove(sandbox.repo, revision: RevisionName("v1"))
    #expect(removal.refs == ["v1"])
    #expect(removal.commits.isEmpty)
    #expect(removal.blobs.isEmpty)
    #expect(try sandbox.registry.resolve(sandbox.repo).commit == publication.commit)
    #expect(try sandbox.names(in: sandbox.repoPath + "/refs") == ["main"])
  }

  @Test func theLastRefTakesItsCommitAndWhatOnlyThatUsed() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let dev = try sandbox.publishModel("two", weights: "weights-2", revision: "x/dev")
    let removal = try sandbox.registry.remove(sandbox.repo, revision: RevisionName("x/dev"))
    #expect(removal.commits == [dev.commit])
    #expect(removal.blobs == [dev.files[1].blob])
    #expect(removal.freedByteCount == 9)
    #expect(try sandbox.names(in: sandbox.repoPath + "/refs") == ["main"])
    #expect(try sandbox.names(in: sandbox.repoPath + "/trees").count == 1)
    #expect(try sandbox.names(in: sandbox.repoPath) == ["blobs", "refs", "snapshots", "trees"])
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func aCommitTakesEveryRefToIt() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel(tags: ["v1", "a/b"])
    try sandbox.publishModel("two", weights: "weights-2")
    let removal = try sandbox.registry.remove(
      sandbox.repo, revision: RevisionName(first.commit.hex))
    #expect(removal.refs == ["a/b", "v1"])
    #expect(removal.blobs.map(\.text) == [Known.weightsSHA256])
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func theLastCommitTakesTheRepo() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    #expect(try sandbox.registry.remove(sandbox.repo, revision: .main).isWholeRepo)
    #expect(!sandbox.exists(sandbox.repoPath))
  }

  @Test func blobsThatNoSnapshotNamedStay() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.publishModel("two", weights: "weights-2", revision: "dev")
    // As a download has it before it makes its link.
    let blob = sandbox.repoPath + "/blobs/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    try sandbox.write("", blob)
    _ = try sandbox.registry.remove(sandbox.repo, revision: RevisionName("dev"))
    #expect(sandbox.exists(blob))
  }

  @Test func filesOfOthersStayAndAreSaid() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.write("mine", sandbox.repoPath + "/notes.txt")
    #expect(try sandbox.registry.remove(sandbox.repo).leftOver == ["notes.txt"])
    #expect(try sandbox.names(in: sandbox.repoPath) == ["notes.txt"])
  }

  @Test(arguments: ["", "x", "ABCDEF\n"]) func aDamagedRef(_ content: String) throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.write(content, sandbox.repoPath + "/refs/broken")
    let removal = try sandbox.registry.remove(sandbox.repo, revision: RevisionName("broken"))
    #expect(removal.refs == ["broken"])
    #expect(removal.commits.isEmpty)
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func aDryRunChangesNothing() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let before = try sandbox.listing(sandbox.registry.root)
    var options = RemoveOptions()
    options.isDryRun = true
    #expect(try sandbox.registry.remove(sandbox.repo, options: options).blobs.count == 3)
    #expect(try sandbox.listing(sandbox.registry.root) == before)
  }

  @Test func whatIsNotThere() throws {
    let sandbox = try Sandbox()
    #expect(reason { try sandbox.registry.remove(sandbox.repo) } == "no-such-repo")
    try sandbox.publishModel()
    #expect(
      reason { try sandbox.registry.remove(sandbox.repo, revision: RevisionName("v9")) }
        == "no-such-revision")
  }

  @Test func notWhileAPublicationRuns() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let refused = Recorder<String?>()
    var options = PublishOptions()
    options.onStep = { step in
      guard step == .blobsSynced else { return }
      var waiting = RemoveOptions()
      waiting.lockTimeout = 0.05
      refused.add(reason { try sandbox.registry.remove(sandbox.repo, options: waiting) })
    }
    try sandbox.publishModel("two", weights: "weights-2", options: options)
    #expect(refused.all == ["locked"])
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }
}
