import Registry
import Tensors
import Testing

/// Each defect gives the finding that says what it is, and no other.
@Suite struct Verifying {
  /// A published repo, damaged by `damage`, and what verifying finds.
  private func findings(
    after damage: (Sandbox, Publication) throws -> Void
  ) throws -> [Finding] {
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel()
    try damage(sandbox, publication)
    return try sandbox.registry.verify().findings
  }

  @Test func countsWhatItLookedAt() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let result = try sandbox.registry.verify()
    #expect(result.findings.isEmpty)
    #expect(result.repoCount == 1)
    #expect(result.snapshotCount == 1)
    #expect(result.fileCount == 3)
    #expect(result.hashedBlobCount == 3)
    #expect(result.hashedByteCount == 18)
  }

  @Test(arguments: 0..<72) func everyFlippedBitOfABlob(_ bit: Int) throws {
    var bytes = Array("weights-1".utf8)
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel()
    let path = sandbox.repoPath + "/blobs/" + Known.weightsSHA256
    try sandbox.write(bytes, path)
    let found = try sandbox.registry.verify().findings
    #expect(found.map(\.kind) == [.blobCorrupted])
    #expect(found.first?.blob == Known.weightsSHA256)
    #expect(found.first?.file == "model.safetensors")
    #expect(found.first?.commit == publication.commit)
    #expect(found.first?.refs == ["main"])
    #expect(found.first?.expected == Known.weightsSHA256)
    #expect(found.first?.found.map { $0.utf8.count } == 64)
    #expect(found.first?.path == path)
  }

  @Test func aChangedSmallFile() throws {
    let found = try findings { sandbox, _ in
      try sandbox.write("[]\n", sandbox.repoPath + "/blobs/" + Known.configGit)
    }
    #expect(found.map(\.kind) == [.blobCorrupted])
    #expect(found.first?.found.map { $0.utf8.count } == 40)
  }

  @Test(arguments: ["weights-", "weights-1x", ""]) func wrongSize(_ content: String) throws {
    let found = try findings { sandbox, _ in
      try sandbox.write(content, sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    }
    #expect(found.map(\.kind) == [.blobSizeWrong])
    #expect(found.first?.expected == "9 bytes")
    #expect(found.first?.found == "\(content.utf8.count) bytes")
  }

  @Test func aMissingBlob() throws {
    let found = try findings { sandbox, _ in
      try sandbox.remove(sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    }
    #expect(found.map(\.kind) == [.blobMissing])
    #expect(found.first?.file == "model.safetensors")
  }

  @Test func everyFileOfAWrongBlobIsNamed() throws {
    let sandbox = try Sandbox()
    let folder = try sandbox.folder("twins", ["a.bin": "weights-1", "b/c.bin": "weights-1"])
    _ = try sandbox.registry.publish(folder: folder, to: sandbox.repo)
    try sandbox.write("weights-x", sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    let found = try sandbox.registry.verify().findings
    #expect(found.map(\.kind) == [.blobCorrupted, .blobCorrupted])
    #expect(found.map(\.file) == ["a.bin", "b/c.bin"])
  }

  @Test func aLinkReplacedByAFile() throws {
    let found = try findings { sandbox, publication in
      try sandbox.write("weights-1", publication.snapshotPath + "/model.safetensors")
    }
    #expect(found.map(\.kind) == [.linkReplaced])
    #expect(found.first?.expected == "a link to ../../blobs/" + Known.weightsSHA256)
  }

  @Test(arguments: [
    "../../../../secret", "../../blobs/../../../secret", "../refs/main",
    "../../blobs/\(Known.weightsSHA256)/", "../../../blobs/\(Known.weightsSHA256)",
    "../../blobs/weak-etag", "../../../models--acme--other/blobs/\(Known.weightsSHA256)",
  ]) func aLinkThatLeadsElsewhere(_ target: String) throws {
    let found = try findings { sandbox, publication in
      try sandbox.write("secret", sandbox.path + "/secret")
      try sandbox.link(publication.snapshotPath + "/model.safetensors", to: target)
    }
    #expect(found.map(\.kind) == [.linkOutside])
    #expect(found.first?.found == target)
  }

  @Test func anAbsoluteLink() throws {
    let found = try findings { sandbox, publication in
      try sandbox.link(
        publication.snapshotPath + "/model.safetensors",
        to: sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    }
    #expect(found.map(\.kind) == [.linkAbsolute])
  }

  @Test func aLinkToAnotherBlob() throws {
    let found = try findings { sandbox, publication in
      try sandbox.link(
        publication.snapshotPath + "/model.safetensors", to: "../../blobs/" + Known.configGit)
    }
    #expect(found.map(\.kind) == [.linkDisagrees])
    #expect(found.first?.expected == Known.weightsSHA256)
    #expect(found.first?.found == Known.configGit)
  }

  @Test func aFolderReplacedByALink() throws {
    let found = try findings { sandbox, publication in
      _ = try sandbox.folder("elsewhere", ["vocab.txt": "hello\n"])
      try sandbox.remove(publication.snapshotPath + "/sub")
      try sandbox.link(publication.snapshotPath + "/sub", to: "../../../../elsewhere")
    }
    #expect(found.map(\.kind) == [.extraFile, .linkOutside, .fileMissing])
  }

  @Test func aBlobThatIsALinkOutOfTheRegistry() throws {
    let found = try findings { sandbox, _ in
      try sandbox.write("weights-1", sandbox.path + "/same")
      try sandbox.link(
        sandbox.repoPath + "/blobs/" + Known.weightsSHA256, to: "../../../same")
    }
    #expect(found.map(\.kind) == [.blobNotAFile])
  }

  @Test func aBlobInTheSharedStoreOfTheCache() throws {
    let found = try findings { sandbox, _ in
      let name = Known.weightsSHA256
      try sandbox.write("weights-1", sandbox.registry.root + "/blobs/\(name.prefix(2))/\(name)")
      try sandbox.link(
        sandbox.repoPath + "/blobs/" + name, to: "../../blobs/\(name.prefix(2))/\(name)")
    }
    #expect(found.isEmpty)
  }

  @Test func aBlobThatIsAFolder() throws {
    let found = try findings { sandbox, _ in
      try sandbox.remove(sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
      try sandbox.makeFolder(sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    }
    #expect(found.map(\.kind) == [.blobNotAFile])
  }

  @Test func anExtraLinkToAGoodBlob() throws {
    let found = try findings { sandbox, publication in
      try sandbox.link(publication.snapshotPath + "/extra", to: "../../blobs/" + Known.configGit)
    }
    #expect(found.map(\.kind) == [.extraFile])
    #expect(found.first?.file == "extra")
  }

  @Test func anExtraFile() throws {
    let found = try findings { sandbox, publication in
      try sandbox.write("", publication.snapshotPath + "/sub/extra")
    }
    #expect(found.map(\.kind) == [.extraFile, .linkReplaced])
    #expect(found.first?.file == "sub/extra")
  }

  @Test func aMissingLink() throws {
    let found = try findings { sandbox, publication in
      try sandbox.remove(publication.snapshotPath + "/sub/vocab.txt")
    }
    #expect(found.map(\.kind) == [.fileMissing])
    #expect(found.first?.blob == Known.vocabGit)
  }

  @Test func strayNamesInSnapshots() throws {
    let found = try findings { sandbox, _ in
      try sandbox.write("", sandbox.repoPath + "/snapshots/file")
      try sandbox.makeFolder(sandbox.repoPath + "/snapshots/" + String(repeating: "A", count: 40))
    }
    #expect(found.map(\.kind) == [.snapshotStray, .snapshotStray])
  }

  @Test func aRevisionOfARepo() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.publishModel("two", weights: "weights-2", revision: "dev")
    try sandbox.write("weights-x", sandbox.repoPath + "/blobs/" + Known.weightsSHA256)
    #expect(try sandbox.registry.verify(sandbox.repo, revision: .main).findings.count == 1)
    let dev = try sandbox.registry.verify(sandbox.repo, revision: RevisionName("dev"))
    #expect(dev.findings.isEmpty)
    #expect(dev.snapshotCount == 1)
    #expect(
      reason { try sandbox.registry.verify(sandbox.repo, revision: RevisionName("none")) }
        == "no-such-revision")
    #expect(reason { try sandbox.registry.verify(revision: .main) } == "revision-without-repo")
  }

  @Test func whatIsNotThere() throws {
    let sandbox = try Sandbox()
    #expect(reason { try sandbox.registry.verify() } == "no-such-registry")
    #expect(reason { try sandbox.registry.verify(sandbox.repo) } == "no-such-repo")
  }

  @Test func descriptionIsOneLineWithEverything() throws {
    let found = try findings { sandbox, publication in
      try sandbox.link(publication.snapshotPath + "/model.safetensors", to: "a\nb\u{1B}[2J")
    }
    let text = try #require(found.first).description
    #expect(text.hasPrefix("link-outside: acme/tiny (main) model.safetensors, snapshot "))
    #expect(text.contains("a\\u{a}b\\u{1b}[2J"))
    #expect(!text.contains("\n"))
  }
}
