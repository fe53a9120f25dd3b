import Registry
import Tensors
import Testing

@Suite struct Reading {
  @Test func resolveGivesTheFiles() throws {
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel(tags: ["v1"])
    for name in ["main", "v1", publication.commit.hex] {
      let snapshot = try sandbox.registry.resolve(sandbox.repo, RevisionName(name))
      #expect(snapshot.commit == publication.commit)
      #expect(snapshot.path == publication.snapshotPath)
      #expect(
        snapshot.files.map(\.path.text) == ["config.json", "model.safetensors", "sub/vocab.txt"])
      #expect(snapshot.files.map(\.byteCount) == [3, 9, 6])
    }
  }

  @Test func whatIsNotThere() throws {
    let sandbox = try Sandbox()
    #expect(reason { try sandbox.registry.list() } == "no-such-registry")
    #expect(reason { try sandbox.registry.resolve(sandbox.repo) } == "no-such-repo")
    try sandbox.publishModel()
    #expect(
      reason { try sandbox.registry.resolve(sandbox.repo, RevisionName("v9")) }
        == "no-such-revision")
    let commit = String(repeating: "a", count: 40)
    #expect(
      reason { try sandbox.registry.resolve(sandbox.repo, RevisionName(commit)) }
        == "no-such-revision")
  }

  @Test func damageIsNotTakenForAbsence() throws {
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel()
    try sandbox.remove(sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    #expect(reason { try sandbox.registry.resolve(sandbox.repo) } == "blob-missing")
    try sandbox.remove(publication.snapshotPath)
    #expect(reason { try sandbox.registry.resolve(sandbox.repo) } == "snapshot-missing")
  }

  @Test func aPartOfASnapshotIsNotTakenForTheWhole() throws {
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel()
    try sandbox.remove(publication.snapshotPath + "/config.json")
    #expect(reason { try sandbox.registry.resolve(sandbox.repo) } == "snapshot-incomplete")
  }

  @Test func showCountsRefsCommitsAndBlobs() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel(tags: ["v1"])
    let second = try sandbox.publishModel("two", weights: "weights-2")
    let details = try sandbox.registry.show(sandbox.repo)
    #expect(details.refs.map(\.name) == ["main", "v1"])
    #expect(Set(details.commits.map(\.id)) == [first.commit, second.commit])
    #expect(details.commits.allSatisfy { $0.fileCount == 3 && $0.byteCount == 18 })
    #expect(details.commits.first { $0.id == first.commit }?.refs == ["v1"])
    #expect(details.blobCount == 4)
    #expect(details.blobByteCount == 27)
  }

  @Test func aDamagedRepoIsListed() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.remove(sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    try sandbox.write("", sandbox.repoPath + "/refs/empty")
    let listing = try sandbox.registry.list()
    let repo = try #require(listing.repos.first)
    #expect(repo.commits.first?.problem?.reason == "blob-missing")
    #expect(repo.refs.map { (try? $0.commit.get()) == nil } == [true, false])
  }

  @Test func whatIsNoModelRepoIsNamed() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let root = sandbox.registry.root
    for name in ["datasets--a--b", "models--gpt2", ".locks", "blobs", "notes"] {
      try sandbox.makeFolder(root + "/" + name)
    }
    try sandbox.write("", root + "/CACHEDIR.TAG")
    let listing = try sandbox.registry.list()
    #expect(listing.others == ["datasets--a--b", "models--gpt2", "notes"])
    #expect(listing.repos.map(\.repo.text) == ["acme/tiny"])
  }
}
