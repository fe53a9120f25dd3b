import Digests
import Tensors
import Testing

@testable import Conversion

/// Manifests and checksums beside a file that changes.
extension MetadataEditorTests {
  /// `m.test` as a conversion leaves it, with manifest and checksums.
  func makeOutput(_ edits: [MetadataEdit] = []) throws {
    var source = try checkpoint(tensors, metadata: metadata)
    source.files[0].name = "m.test"
    var options = ConversionOptions()
    options.metadataEdits = edits
    let plan = try Planner(
      source, recipe: ConversionTests.recipe("encoding: keep"), format: format, options: options,
      programVersion: "0"
    ).plan(for: .file(path: path))
    _ = try Converter(source, plan: plan)
      .run(to: .file(path: path), replacesExisting: true, resumes: false)
  }

  @Test(arguments: [false, true]) func anEditIsWhatAConversionWouldHaveWritten(inPlace: Bool) throws
  {
    let edits: [MetadataEdit] = [.set(entry("name", "new")), .setInteger(key: "number", 8)]
    try makeOutput(edits)
    let converted = try contents(folder.path)
    try makeOutput()
    #expect(try contents(folder.path) != converted)
    let report = try run(edits, inPlace: inPlace)
    #expect(report.manifestNames == ["m.test.ingot-manifest.json"])
    #expect(try contents(folder.path) == converted)
    #expect(try OutputVerification(.init(of: path)).run(threadCount: 1).isEmpty)
  }

  @Test func offsetsMoveInTheManifest() throws {
    try makeOutput()
    try run([.set(entry("name", String(repeating: "long ", count: 99)))])
    #expect(try OutputVerification(.init(of: path)).run(threadCount: 1).isEmpty)
  }

  @Test func aFolderOfAnOutputStaysVerified() throws {
    let source = try checkpoint(tensors, metadata: metadata)
    let out = folder.path + "/out"
    let plan = try Planner(
      source, recipe: ConversionTests.recipe("encoding: keep"), format: format,
      options: ConversionOptions(), programVersion: "0"
    ).plan(for: .folder(path: out))
    _ = try Converter(source, plan: plan)
      .run(to: .folder(path: out), replacesExisting: false, resumes: false)
    let file = out + "/model-test.test"
    let opened = try FileByteSource(path: file)
    let rewrite = try MetadataRewrite(
      opened, index: index(metadata), format: format, edits: [.set(entry("name", "other name"))])
    let report = try MetadataEditor(path: file, source: opened, rewrite: rewrite)
      .run(inPlace: false, leavesChecksums: false)
    #expect(report.manifestNames == ["ingot-manifest.json"])
    #expect(try OutputVerification(.init(of: out)).run(threadCount: 1).isEmpty)
  }

  @Test func aFileThatIsNotItsManifestsIsNotBlessed() throws {
    try makeOutput()
    let end = try readFile(path).count
    for offset in [9, end - 1] {
      try flip(path, at: offset)
      let before = try contents(folder.path)
      let error = failure { try run([.set(entry("name", "new"))]) }
      #expect(error?.code == .corrupted)
      #expect(error?.reason == "manifest-differs")
      #expect(try contents(folder.path) == before)
      try flip(path, at: offset)
    }
    try writeFile(path, try bytes(metadata) + [0])
    #expect(failure { try run([.set(entry("name", "new"))]) }?.reason == "manifest-differs")
  }

  @Test(arguments: ["SHA256SUMS", "m.test.sha256"])
  func aForeignChecksumIsNotMadeStaleUnasked(list: String) throws {
    try writeFile(path, bytes(metadata))
    let line = SHA256.digest(of: try readFile(path)).hex + "  m.test\n"
    try folder.write(list, Array(line.utf8))
    let error = failure { try run([.set(entry("name", "new"))]) }
    #expect(error?.reason == "checksums-unmanaged")
    #expect(try readFile(path) == bytes(metadata))
    try run([.set(entry("name", "new"))], leavesChecksums: true)
    #expect(try readFile(folder.path + "/" + list) == Array(line.utf8))
  }

  @Test func aChecksumListOfOtherFilesIsNobodysConcern() throws {
    try writeFile(path, bytes(metadata))
    let zeros = String(repeating: "0", count: 64)
    try folder.write("SHA256SUMS", Array("\(zeros)  other.test\n\(zeros)  xm.test\n".utf8))
    #expect(try run([.set(entry("name", "new"))]).isChanged)
  }
}
