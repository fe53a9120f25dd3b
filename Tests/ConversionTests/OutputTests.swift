import Synchronization
import Tensors
import Testing

@testable import Conversion

/// Where an output may go, and what is left where.
@Suite struct OutputTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var tensors: [TestTensor] { [TestTensor("a", [2, 32])] }
  private func job() throws -> Job { Job(try checkpoint(tensors)) }

  @Test func aFolderHoldsModelManifestAndChecksums() throws {
    try job().run(to: .folder(path: folder.path + "/new/out"))
    #expect(
      try FileSystem.files(below: folder.path)
        == ["new/out/SHA256SUMS", "new/out/ingot-manifest.json", "new/out/model-test.test"])
  }

  @Test func aFileHasManifestAndChecksumsBesideIt() throws {
    let report = try job().run(to: .file(path: folder.path + "/out.test"))
    #expect(try folder.names == ["out.test", "out.test.ingot-manifest.json", "out.test.sha256"])
    #expect(report.manifest.files.map(\.path) == ["out.test"])
    let manifest = try readFile(folder.path + "/out.test.ingot-manifest.json")
    #expect(String(decoding: manifest, as: UTF8.self) == report.manifest.text)
    let sums = try readFile(folder.path + "/out.test.sha256")
    #expect(
      String(decoding: sums, as: UTF8.self)
        == report.manifest.checksums(manifestName: "out.test.ingot-manifest.json"))
  }

  @Test(arguments: ["out.test", "out.test.sha256", "out.test.ingot-manifest.json"])
  func anyFileThatIsThereIsRefused(name: String) throws {
    try folder.write(name, [7])
    let error = failure { try job().run(to: .file(path: folder.path + "/out.test")) }
    #expect(error?.code == .refused)
    #expect(error?.reason == "output-exists")
    #expect(try folder.names == [name])
    #expect(try readFile(folder.path + "/" + name) == [7])
  }

  @Test func aFolderWithAnythingInItIsRefused() throws {
    try folder.write("out/x", [7])
    let error = failure { try job().run(to: .folder(path: folder.path + "/out")) }
    #expect(error?.reason == "output-exists")
    #expect(try FileSystem.files(below: folder.path) == ["out/x"])
  }

  @Test func aFileInTheFoldersPlaceIsRefused() throws {
    try folder.write("out", [7])
    #expect(
      failure { try job().run(to: .folder(path: folder.path + "/out")) }?.reason == "output-exists")
  }

  @Test func anEmptyFolderIsNothing() throws {
    let path = try folder.folder("out")
    try job().run(to: .folder(path: path))
    #expect(try FileSystem.names(in: path).count == 3)
  }

  @Test func replacingAFolderLeavesNothingOfTheOldOne() throws {
    var job = try job()
    job.recipe = "encoding: Q4_0"
    try job.run(to: .folder(path: folder.path + "/out"))
    job.recipe = "encoding: Q8_0"
    job.replacesExisting = true
    let report = try job.run(to: .folder(path: folder.path + "/out"))
    #expect(
      try readFile(folder.path + "/out/ingot-manifest.json") == Array(report.manifest.text.utf8))
    #expect(
      try FileSystem.files(below: folder.path)
        == ["out/SHA256SUMS", "out/ingot-manifest.json", "out/model-test.test"])
  }

  @Test func aFolderWithFilesOfTheUserIsNotReplaced() throws {
    var job = try job()
    try job.run(to: .folder(path: folder.path + "/out"))
    try folder.write("out/notes.txt", [7])
    try folder.write("mine/notes.txt", [7])
    job.replacesExisting = true
    for name in ["out", "mine"] {
      let error = failure { try job.run(to: .folder(path: folder.path + "/" + name)) }
      #expect(error?.reason == "not-an-output")
      #expect(try readFile(folder.path + "/" + name + "/notes.txt") == [7])
    }
  }

  @Test func aFileThatTheManifestDoesNotNameIsNotVerified() throws {
    try job().run(to: .file(path: folder.path + "/out.test"))
    let manifest = try readFile(folder.path + "/out.test.ingot-manifest.json")
    try folder.write("other.test", [7])
    try writeFile(folder.path + "/other.test.ingot-manifest.json", manifest)
    let error = failure { _ = try OutputVerification(.init(of: folder.path + "/other.test")) }
    #expect(error?.reason == "no-manifest")
  }

  @Test func replacingAFileLeavesItsNeighbours() throws {
    for name in ["out.test", "out.test.sha256", "other"] { try folder.write(name, [7]) }
    var job = try job()
    job.replacesExisting = true
    try job.run(to: .file(path: folder.path + "/out.test"))
    #expect(
      try folder.names == ["other", "out.test", "out.test.ingot-manifest.json", "out.test.sha256"])
    #expect(
      try OutputVerification(.init(of: folder.path + "/out.test")).run(threadCount: 1).isEmpty)
  }

  @Test(arguments: ["same", "hard", "soft"])
  func theSourceIsNoOutputUnderAnyName(name: String) throws {
    let path = folder.path + "/same"
    var job = Job(try checkpoint(tensors, at: path))
    try makeHardLink(path, folder.path + "/hard")
    try makeSymbolicLink(path, folder.path + "/soft")
    let before = try readFile(path)
    job.replacesExisting = true
    let error = failure { try job.run(to: .file(path: folder.path + "/" + name)) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "output-is-source")
    #expect(try readFile(path) == before)
  }

  @Test func theSourcesFolderIsNoOutput() throws {
    let path = try folder.folder("model")
    var job = Job(try checkpoint(tensors, at: path + "/m.test", isFolder: true))
    job.replacesExisting = true
    #expect(failure { try job.run(to: .folder(path: path)) }?.reason == "output-is-source")
  }

  @Test func aFolderThatHoldsTheSourceIsNoOutput() throws {
    _ = try folder.folder("models/one")
    let path = folder.path + "/models/one/m.test"
    var job = Job(try checkpoint(tensors, at: path))
    job.replacesExisting = true
    for name in ["/models", "/models/one", "/models/../models"] {
      let error = failure { try job.run(to: .folder(path: folder.path + name)) }
      #expect(error?.reason == "output-is-source")
    }
    #expect(FileSystem.exists(path))
  }

  @Test func aFolderThatHoldsALinkToTheSourceIsNoOutput() throws {
    _ = try folder.folder("real")
    _ = try folder.folder("links")
    let real = folder.path + "/real/m.test"
    _ = try checkpoint(tensors, at: real)
    try makeSymbolicLink("../real/m.test", folder.path + "/links/m.test")
    var job = try job()
    job.source.files[0].source = try FileByteSource(path: folder.path + "/links/m.test")
    job.replacesExisting = true
    for name in ["/real", "/links"] {
      let error = failure { try job.run(to: .folder(path: folder.path + name)) }
      #expect(error?.reason == "output-is-source")
    }
  }

  @Test func aNameTooLongForAnUnfinishedOneIsRefused() throws {
    let fits = String(repeating: "n", count: 240)
    try job().run(to: .folder(path: folder.path + "/" + fits))
    let error = failure { try job().run(to: .folder(path: folder.path + "/" + fits + "n")) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "name-too-long")
  }

  @Test func anInputThatChangesWhileItIsReadIsRefused() throws {
    let path = folder.path + "/m.test"
    let job = Job(try checkpoint(tensors, at: path))
    let error = failure {
      try job.run(
        to: .folder(path: folder.path + "/out"),
        events: Converter.Events(onStep: { step in
          if step == .unitWritten { try? makeOld(path) }
        }))
    }
    #expect(error?.code == .io)
    #expect(error?.reason == "file-changed")
    #expect(try folder.names == ["m.test"])
  }

  @Test func anInputThatIsCutWhileItIsReadIsRefused() throws {
    let path = folder.path + "/m.test"
    let job = Job(try checkpoint(tensors, at: path))
    try writeFile(path, [1, 2, 3])
    let error = failure { try job.run(to: .folder(path: folder.path + "/out")) }
    #expect(error?.reason == "file-changed")
    #expect(try folder.names == ["m.test"])
  }

  @Test func companionsAreCopiedAndVerified() throws {
    try folder.write("source/config.json", Array("{}".utf8))
    try folder.write("source/1_Pooling/config.json", [UInt8](repeating: 5, count: 600_000))
    try folder.write("source/empty", [])
    var job = try job()
    job.source.folder = folder.path + "/source"
    job.source.companions = ["1_Pooling/config.json", "config.json", "empty"]
    let report = try job.run(to: .folder(path: folder.path + "/out"))
    #expect(
      report.manifest.files.map(\.path)
        == ["1_Pooling/config.json", "config.json", "empty", "model-test.test"])
    #expect(try readFile(folder.path + "/out/config.json") == Array("{}".utf8))
    #expect(
      try contents(folder.path + "/out/1_Pooling") == contents(folder.path + "/source/1_Pooling"))
    #expect(try OutputVerification(.init(of: folder.path + "/out")).run(threadCount: 2).isEmpty)
    try flip(folder.path + "/out/1_Pooling/config.json", at: 500_000)
    let findings = try OutputVerification(.init(of: folder.path + "/out")).run(threadCount: 2)
    #expect(findings.map(\.kind) == [.content])
    #expect(findings.first?.file == "1_Pooling/config.json")
  }

  @Test func aMadeCompanionTakesThePlaceOfAFoundOne() throws {
    try folder.write("source/config.json", Array("{}".utf8))
    try folder.write("source/README.md", Array("text".utf8))
    var job = try job()
    job.source.folder = folder.path + "/source"
    job.source.companions = ["README.md", "config.json"]
    job.source.madeCompanions = ["config.json": Array("[1]".utf8), "a/b.txt": []]
    let report = try job.run(to: .folder(path: folder.path + "/out"))
    #expect(
      report.manifest.files.map(\.path)
        == ["README.md", "a/b.txt", "config.json", "model-test.test"])
    #expect(try readFile(folder.path + "/out/config.json") == Array("[1]".utf8))
    #expect(try readFile(folder.path + "/out/a/b.txt").isEmpty)
    #expect(try OutputVerification(.init(of: folder.path + "/out")).run(threadCount: 1).isEmpty)
  }

  @Test func aCompanionThatIsGoneLeavesNothing() throws {
    var job = try job()
    job.source.folder = folder.path
    job.source.companions = ["config.json"]
    #expect(failure { try job.run(to: .folder(path: folder.path + "/out")) }?.code == .notFound)
    #expect(try folder.names.isEmpty)
  }

  @Test func aFileOutputHasNoCompanions() throws {
    try folder.write("source/config.json", Array("{}".utf8))
    var job = try job()
    job.source.folder = folder.path + "/source"
    job.source.companions = ["config.json"]
    let report = try job.run(to: .file(path: folder.path + "/out.test"))
    #expect(report.manifest.files.count == 1)
    #expect(!FileSystem.exists(folder.path + "/config.json"))
  }

  @Test(arguments: ["a\\b", "a\nb", "a\u{7F}"])
  func aCompanionThatNoManifestCanNameIsRefused(name: String) throws {
    var job = try job()
    job.source.folder = folder.path
    job.source.companions = [name]
    let error = failure { try job.run(to: .folder(path: folder.path + "/out")) }
    #expect(error?.code == .refused)
    #expect(error?.reason == "companion-name")
  }

  @Test func anOutputThatNoManifestCanNameIsRefused() throws {
    let error = failure { try job().run(to: .file(path: folder.path + "/a\nb.test")) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "output-name")
    #expect(try folder.names.isEmpty)
  }

  @Test func progressEndsWithEverything() throws {
    let last = Mutex<(Int, Int)>((0, 0))
    try Job(try checkpoint([TestTensor("w", [600, 1024]), TestTensor("v", [32])])).run(
      to: .folder(path: folder.path + "/out"),
      events: Converter.Events(onProgress: { done, all in
        last.withLock { $0 = (max($0.0, done), all) }
      }))
    let bytes = 4 * (600 * 1024 + 32)
    #expect(last.withLock { $0 == (bytes, bytes) })
  }
}
