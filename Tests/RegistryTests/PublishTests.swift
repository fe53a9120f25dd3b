import Registry
import Tensors
import Testing

@Suite struct Publishing {
  @Test func layoutIsThatOfTheHub() throws {
    let sandbox = try Sandbox()
    let result = try sandbox.publishModel(tags: ["v1", "release/1"])
    let commit = result.commit.hex
    #expect(
      try sandbox.listing(sandbox.registry.root)
        == [
          "models--acme--tiny",
          "models--acme--tiny/blobs",
          "models--acme--tiny/blobs/\(Known.configGit): {}\n",
          "models--acme--tiny/blobs/\(Known.weightsSHA256): weights-1",
          "models--acme--tiny/blobs/\(Known.vocabGit): hello\n",
          "models--acme--tiny/refs",
          "models--acme--tiny/refs/main: \(commit)",
          "models--acme--tiny/refs/release",
          "models--acme--tiny/refs/release/1: \(commit)",
          "models--acme--tiny/refs/v1: \(commit)",
          "models--acme--tiny/snapshots",
          "models--acme--tiny/snapshots/\(commit)",
          "models--acme--tiny/snapshots/\(commit)/config.json -> ../../blobs/\(Known.configGit)",
          "models--acme--tiny/snapshots/\(commit)/model.safetensors"
            + " -> ../../blobs/\(Known.weightsSHA256)",
          "models--acme--tiny/snapshots/\(commit)/sub",
          "models--acme--tiny/snapshots/\(commit)/sub/vocab.txt"
            + " -> ../../../blobs/\(Known.vocabGit)",
          "models--acme--tiny/trees",
          "models--acme--tiny/trees/\(commit).json: "
            + (try sandbox.read(sandbox.repoPath + "/trees/\(commit).json")),
        ].sorted { lexicographic($0, $1) })
    #expect(result.files.map(\.path.text) == ["config.json", "model.safetensors", "sub/vocab.txt"])
    #expect(result.files.map(\.byteCount) == [3, 9, 6])
    #expect(result.files.map(\.sha256.hex)[1] == Known.weightsSHA256)
    #expect(
      result.files.map(\.gitID.hex) == [
        Known.configGit, Known.weightsPointerGit, Known.vocabGit,
      ])
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func blobsAreReadOnly() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    for blob in try sandbox.names(in: sandbox.repoPath + "/blobs") {
      #expect(try sandbox.attributes(sandbox.repoPath + "/blobs/" + blob).mode == 0o444)
    }
  }

  @Test func theSameContentChangesNothing() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel(tags: ["v1"])
    let before = try sandbox.listing(sandbox.registry.root)
    let second = try sandbox.publishModel(tags: ["v1"])
    #expect(second.commit == first.commit)
    #expect(!second.isNewCommit)
    #expect(second.files.allSatisfy { $0.outcome == .alreadyThere && !$0.isRepair })
    #expect(try sandbox.listing(sandbox.registry.root) == before)
  }

  @Test func equalContentGivesEqualCommitsEverywhere() throws {
    #expect(try Sandbox().publishModel().commit == Sandbox().publishModel().commit)
  }

  @Test func otherContentMovesTheRefAndKeepsTheOldCommitReachable() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel()
    let second = try sandbox.publishModel("two", weights: "weights-2")
    #expect(second.previousCommit == first.commit)
    #expect(try sandbox.registry.resolve(sandbox.repo).commit == second.commit)
    let history = sandbox.repoPath + "/refs/history/" + first.commit.hex
    #expect(try sandbox.read(history) == first.commit.hex)
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func aTaggedCommitNeedsNoRefMore() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel(tags: ["v1"])
    try sandbox.publishModel("two", weights: "weights-2")
    #expect(!sandbox.exists(sandbox.repoPath + "/refs/history"))
  }

  @Test func oneContentUnderTwoNamesIsOneBlob() throws {
    let sandbox = try Sandbox()
    let folder = try sandbox.folder("twins", ["a.bin": "weights-1", "b/c.bin": "weights-1"])
    let result = try sandbox.registry.publish(folder: folder, to: sandbox.repo)
    #expect(result.files.count == 2)
    #expect(try sandbox.names(in: sandbox.repoPath + "/blobs") == [Known.weightsSHA256])
  }

  @Test func anotherRepoHasBlobsOfItsOwn() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let other = try RepoID("acme/other")
    let result = try sandbox.registry.publish(folder: sandbox.model(), to: other)
    #expect(result.files.allSatisfy { $0.outcome != .alreadyThere })
    #expect(try sandbox.registry.list().repos.map(\.repo.text) == ["acme/other", "acme/tiny"])
  }

  @Test func aSnapshotCanBePublishedAsItIs() throws {
    let sandbox = try Sandbox()
    let first = try sandbox.publishModel()
    let other = try RepoID("acme/other")
    let second = try sandbox.registry.publish(folder: first.snapshotPath, to: other)
    #expect(second.commit == first.commit)
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func toolingIsLeftOutAndSaid() throws {
    let sandbox = try Sandbox()
    let folder = try sandbox.folder(
      "clone", ["config.json": "{}\n", ".git/HEAD": "x", "sub/.cache/y": "z"])
    let result = try sandbox.registry.publish(folder: folder, to: sandbox.repo)
    #expect(result.leftOut == [".git", "sub/.cache"])
    #expect(result.files.map(\.path.text) == ["config.json"])
  }

  @Test func progressEndsAtTheTotal() throws {
    let sandbox = try Sandbox()
    let seen = Recorder<Int>()
    var options = PublishOptions()
    options.onProgress = { progress in
      #expect(progress.totalByteCount == 18)
      seen.add(progress.doneByteCount)
    }
    try sandbox.publishModel(options: options)
    #expect(seen.all.max() == 18)
  }

  private func lexicographic(_ left: String, _ right: String) -> Bool {
    let cut = { (text: String) in text.split(separator: " ")[0].split(separator: ":")[0] }
    return cut(left) < cut(right)
  }
}

@Suite struct SharingBytes {
  @Test func aHardLinkIsUsedWhereItIsAllowed() throws {
    let sandbox = try Sandbox()
    var options = PublishOptions()
    options.allowHardLink = true
    let result = try sandbox.publishModel(options: options)
    let file = try #require(result.files.first { $0.path.text == "model.safetensors" })
    // Where the file system has reflinks, these come first.
    if file.outcome == .linked {
      let source = try sandbox.attributes(sandbox.path + "/model/model.safetensors")
      let blob = try sandbox.attributes(sandbox.repoPath + "/blobs/" + file.blob.text)
      #expect(source.inode == blob.inode)
      #expect(source.mode == 0o444)
    } else {
      #expect(file.outcome == .reflinked)
    }
    #expect(try sandbox.registry.verify().findings.isEmpty)
  }

  @Test func noHardLinkUnlessItIsAllowed() throws {
    let sandbox = try Sandbox()
    let result = try sandbox.publishModel()
    let source = try sandbox.attributes(sandbox.path + "/model/model.safetensors")
    #expect(source.mode & 0o200 != 0)
    for file in result.files {
      let blob = try sandbox.attributes(sandbox.repoPath + "/blobs/" + file.blob.text)
      #expect(blob.inode != source.inode)
    }
  }

  @Test func aFileThatIsTheBlobIsNotComparedWithItself() throws {
    let sandbox = try Sandbox()
    var options = PublishOptions()
    options.allowHardLink = true
    try sandbox.publishModel(options: options)
    let again = try sandbox.registry.publish(
      folder: sandbox.path + "/model", to: sandbox.repo, options: options)
    #expect(again.files.allSatisfy { $0.outcome == .alreadyThere })
  }
}
