import Digests
import Tensors
import Testing

@testable import Conversion

@Suite struct VerificationTests {
  private let folder: TemporaryFolder
  private let path: String
  private let report: Converter.Report
  private let source: Checkpoint

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/out"
    try folder.write("source/config.json", Array("{}".utf8))
    var job = Job(
      try checkpoint([TestTensor("a", [2, 32]), TestTensor("b", [2, 32], seed: 2)]))
    job.format = TestFormat(alignment: 64)
    job.source.folder = folder.path + "/source"
    job.source.companions = ["config.json"]
    source = job.source
    report = try job.run(to: .folder(path: path))
  }

  private var modelPath: String { path + "/model-test.test" }

  private func findings(threadCount: Int = 2) throws -> [OutputFinding] {
    try OutputVerification(.init(of: path)).run(threadCount: threadCount)
  }

  @Test(arguments: [1, 2, 16]) func anUntouchedOutputHasNoFindings(threadCount: Int) throws {
    #expect(try findings(threadCount: threadCount).isEmpty)
  }

  @Test func aMissingFileIsNamed() throws {
    try FileSystem.remove(path + "/config.json")
    let found = try findings()
    #expect(found.map(\.kind) == [.missing])
    #expect(found.first?.file == "config.json")
  }

  @Test func aFolderInAFilesPlaceIsNamed() throws {
    try FileSystem.remove(path + "/config.json")
    try FileSystem.makeFolder(path + "/config.json")
    #expect(try findings().map(\.kind) == [.missing])
  }

  @Test func anExtraFileIsNamed() throws {
    try folder.write("out/sub/.hidden", [1])
    let found = try findings()
    #expect(found.map(\.kind) == [.extra])
    #expect(found.first?.file == "sub/.hidden")
  }

  @Test func aFileThatIsShorterOrLongerIsNamed() throws {
    let bytes = try readFile(modelPath)
    for changed in [Array(bytes.dropLast()), bytes + [0], []] {
      try writeFile(modelPath, changed)
      let found = try findings()
      // A longer file still holds every tensor; a shorter one lacks some, and they are named.
      #expect(found.first?.kind == .size)
      #expect(found.dropFirst().allSatisfy { $0.kind == .tensor && $0.found == "cut off" })
      #expect((found.count == 1) == (changed.count > bytes.count))
      #expect(found.first?.found == "\(changed.count) bytes")
    }
  }

  @Test func aChangedTensorIsNamed() throws {
    let tensor = report.manifest.files[1].tensors[1]
    try flip(modelPath, at: tensor.offset + 7)
    let found = try findings()
    #expect(found.map(\.kind) == [.content, .tensor])
    #expect(found.last?.tensor == "b")
    #expect(found.last?.expected == tensor.digest.hex)
    #expect(found.last?.description.contains("model-test.test: tensor b: tensor-content") == true)
  }

  @Test(arguments: [3, 20]) func aChangeOutsideTheTensorsIsTheHeaders(offset: Int) throws {
    try flip(modelPath, at: offset)
    #expect(try findings().map(\.kind) == [.content, .header])
  }

  @Test func anEditedChecksumFileIsNamed() throws {
    try flip(path + "/SHA256SUMS", at: 0, by: 1)
    let found = try findings()
    #expect(found.map(\.kind) == [.checksums])
    #expect(found.first?.file == "SHA256SUMS")
  }

  @Test func aMissingChecksumFileIsNamed() throws {
    try FileSystem.remove(path + "/SHA256SUMS")
    let found = try findings()
    #expect(found.map(\.kind) == [.missing])
    #expect(found.first?.file == "SHA256SUMS")
  }

  @Test func aManifestThatIsWrittenOtherwiseIsNamed() throws {
    let manifestPath = path + "/" + Manifest.folderFileName
    try writeFile(manifestPath, try readFile(manifestPath) + [0x20])
    let found = try findings()
    #expect(found.map(\.kind) == [.checksums])
    #expect(found.first?.file == Manifest.folderFileName)
  }

  @Test func aManifestWithAnotherHashDisagreesWithFileAndChecksums() throws {
    var manifest = report.manifest
    manifest.files[0].sha256 = manifest.files[1].sha256
    try writeFile(path + "/" + Manifest.folderFileName, Array(manifest.text.utf8))
    #expect(try findings().map(\.kind) == [.content, .checksums])
  }

  @Test func aManifestThatLiesAboutATensorOfATrueFileIsFound() throws {
    var manifest = report.manifest
    manifest.files[1].tensors[1].digest = manifest.files[1].tensors[0].digest
    let name = Manifest.folderFileName
    try writeFile(path + "/" + name, Array(manifest.text.utf8))
    try writeFile(path + "/SHA256SUMS", Array(manifest.checksums(manifestName: name).utf8))
    let found = try findings()
    #expect(found.map(\.kind) == [.tensor])
    #expect(found.first?.tensor == "b")
  }

  @Test func anOutputWithoutAManifestIsNotFound() throws {
    let error = failure { _ = try OutputVerification.Location(of: folder.path) }
    #expect(error?.code == .notFound)
    #expect(error?.reason == "no-manifest")
  }

  @Test func neighboursOfAFileOutputAreNotExtra() throws {
    try Job(source).run(to: .file(path: folder.path + "/one.test"))
    try folder.write("stranger", [1])
    let location = try OutputVerification.Location(of: folder.path + "/one.test")
    #expect(try OutputVerification(location).run(threadCount: 1).isEmpty)
  }

  @Test func rederivingFromTheSourceFindsNothing() throws {
    let result = try Rederivation(source, manifest: report.manifest, share: 1).run(threadCount: 2)
    #expect(result.findings.isEmpty)
    #expect(result.tensorCount == 2)
  }

  @Test func aShareTakesAtLeastOne() throws {
    let result = try Rederivation(source, manifest: report.manifest, share: 0.01).run(
      threadCount: 1)
    #expect(result.tensorCount == 1)
  }

  @Test func aTensorOfManyLeavesIsRederived() throws {
    let large = try checkpoint([TestTensor("w", [900, 1024])])
    let manifest = try Job(large).run(to: .folder(path: folder.path + "/large")).manifest
    let result = try Rederivation(large, manifest: manifest, share: 1).run(threadCount: 1)
    #expect(result.findings.isEmpty)
  }

  @Test func aNibbleThatAPublisherChangedAndHashedAgainIsNamed() throws {
    var manifest = report.manifest
    let tensor = manifest.files[1].tensors[0]
    try flip(modelPath, at: tensor.offset + 10, by: 1)
    let bytes = try readFile(modelPath)
    let data = Array(bytes[tensor.offset..<(tensor.offset + tensor.byteCount)])
    let leaves = data.withUnsafeBytes { TensorDigest.leaves(of: $0, elementType: tensor.encoding) }
    manifest.files[1].tensors[0].digest = TensorDigest.digest(
      elementType: tensor.encoding, shape: tensor.shape, leaves: leaves)
    manifest.files[1].sha256 = SHA256.digest(of: bytes)
    let name = Manifest.folderFileName
    try writeFile(path + "/" + name, Array(manifest.text.utf8))
    try writeFile(path + "/SHA256SUMS", Array(manifest.checksums(manifestName: name).utf8))
    #expect(try findings().isEmpty)
    let result = try Rederivation(source, manifest: manifest, share: 1).run(threadCount: 1)
    #expect(result.findings.map(\.kind) == [.rederivation])
    #expect(result.findings.first?.tensor == "a")
    #expect(result.findings.first?.expected == manifest.files[1].tensors[0].digest.hex)
    #expect(result.findings.first?.found == report.manifest.files[1].tensors[0].digest.hex)
  }

  @Test func anEncodingThatTheRecipeDoesNotGiveIsNamed() throws {
    // Made by another recipe: every byte is right, and the recipe in the manifest is not the one.
    let other = try Job(source, "encoding: Q4_0").run(to: .folder(path: folder.path + "/other"))
    var manifest = report.manifest
    manifest.files = other.manifest.files
    let result = try Rederivation(source, manifest: manifest, share: 1).run(threadCount: 1)
    #expect(result.findings.map(\.kind) == [.recipe, .recipe])
    #expect(result.findings.first?.expected == "Q4_0 by nearest")
  }

  @Test func anotherSourceIsNamed() throws {
    let other = try checkpoint([TestTensor("a", [2, 32]), TestTensor("b", [2, 32], seed: 3)])
    let result = try Rederivation(other, manifest: report.manifest, share: 1).run(threadCount: 1)
    #expect(result.findings.map(\.kind) == [.source])
    #expect(result.findings.first?.tensor == "b")
  }

  @Test func aSourceWithoutTheTensorOrWithAnotherShapeIsNamed() throws {
    let other = try checkpoint([TestTensor("a", [1, 64])])
    let result = try Rederivation(other, manifest: report.manifest, share: 1).run(threadCount: 1)
    #expect(result.findings.map(\.kind) == [.source, .source])
    #expect(Set(result.findings.map(\.found)) == ["F32 [1, 64]", "nothing"])
  }

  @Test func anUnknownMethodIsUnsupported() throws {
    var manifest = report.manifest
    manifest.files[1].tensors[0].method = "magic"
    let error = failure {
      _ = try Rederivation(source, manifest: manifest, share: 1).run(threadCount: 1)
    }
    #expect(error?.code == .unsupported)
    #expect(error?.reason == "unknown-method")
  }
}
