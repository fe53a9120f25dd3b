import Glibc
import Tensors
import Testing

@testable import Conversion

@Suite struct ManifestTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func manifest() throws -> Manifest {
    try folder.write("source/config.json", Array("{}\n".utf8))
    try FileSystem.remove(folder.path + "/out")
    var job = Job(
      try checkpoint([
        TestTensor("w", [4, 64]), TestTensor("n", [2, 5], seed: 2),
        TestTensor("ids", .I64, [2], [UInt8](0..<16)), TestTensor("z", [0, 32]),
      ]))
    job.source.folder = folder.path + "/source"
    job.source.companions = ["config.json"]
    return try job.run(to: .folder(path: folder.path + "/out")).manifest
  }

  /// The manifest's text with one change must be refused for `reason`.
  private func refuses(
    _ old: String, _ new: String, _ reason: String,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let text = try manifest().text
    let range = try #require(
      text.firstRange(of: old), "nothing to change", sourceLocation: location)
    let changed = text.replacingCharacters(in: range, with: new)
    let error = failure(location) { _ = try Manifest(parsing: Array(changed.utf8)) }
    #expect(error?.code == .malformed, sourceLocation: location)
    #expect(error?.reason == reason, sourceLocation: location)
  }

  @Test func theTextIsAsItWas() throws {
    try expectGolden(try manifest().text, "manifest.json")
  }

  @Test func theTextIsReadBack() throws {
    let manifest = try manifest()
    #expect(try Manifest(parsing: Array(manifest.text.utf8)) == manifest)
  }

  @Test func theTextNamesNoFolderAndNoTime() throws {
    let text = try manifest().text
    #expect(!text.contains(folder.path))
    #expect(!text.contains("source.test"))
  }

  @Test func checksumsAreWhatSha256sumReads() throws {
    let manifest = try manifest()
    let lines = manifest.checksums(manifestName: "m.json").split(separator: "\n")
    #expect(lines.map { $0.dropFirst(66) } == ["config.json", "m.json", "model-test.test"])
    #expect(lines.allSatisfy { $0.dropFirst(64).hasPrefix("  ") })
    #expect(
      lines[0].hasPrefix("ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"))
  }

  @Test func theSourceDigestDoesNotDependOnTheOrderOfTensors() throws {
    let a = try #require(Digest(bytes: [UInt8](repeating: 1, count: 32)))
    let b = try #require(Digest(bytes: [UInt8](repeating: 2, count: 32)))
    #expect(
      Manifest.sourceDigest(of: [("x", a), ("y", b)])
        == Manifest.sourceDigest(of: [("y", b), ("x", a)]))
    #expect(
      Manifest.sourceDigest(of: [("x", a), ("y", b)])
        != Manifest.sourceDigest(of: [("x", b), ("y", a)]))
  }

  @Test func anUnknownMemberIsRefused() throws {
    try refuses("\"container\": ", "\"extra\": 1,\n  \"container\": ", "manifest-member")
    try refuses("\"byteCount\": ", "\"mode\": 1, \"byteCount\": ", "manifest-member")
    try refuses("\"snrDecibel\": ", "\"x\": 1, \"snrDecibel\": ", "manifest-member")
  }

  @Test func aMissingMemberIsRefused() throws {
    try refuses("\"nonfinite\": \"refuse\",", "", "manifest-member")
    try refuses("\"outcome\": \"exact\",", "", "manifest-member")
  }

  @Test func aMemberOfAnotherTypeIsRefused() throws {
    try refuses("\"container\": \"test\"", "\"container\": 1", "manifest-member")
    try refuses("\"byteCount\": 3", "\"byteCount\": \"3\"", "manifest-member")
    try refuses("\"byteCount\": 3", "\"byteCount\": 3.0", "manifest-member")
    try refuses("\"byteCount\": 3", "\"byteCount\": -3", "manifest-member")
    try refuses("\"byteCount\": 3", "\"byteCount\": 99999999999999999999", "manifest-member")
    try refuses("\"plugins\": [", "\"plugins\": [1,", "manifest-member")
  }

  @Test func anotherVersionIsRefused() throws {
    try refuses("\"formatVersion\": 1", "\"formatVersion\": 2", "manifest-version")
    try refuses("\"formatVersion\": 1", "\"formatVersion\": 0", "manifest-version")
    try refuses("ingot-manifest", "other-manifest", "manifest-version")
  }

  @Test func aHashInUpperCaseIsRefused() throws {
    let hash = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
    try refuses(hash, hash.uppercased(), "manifest-digest")
  }

  @Test func aHashOfAnotherLengthIsRefused() throws {
    let hash = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"
    try refuses(hash, String(hash.dropLast()), "manifest-digest")
    try refuses(hash, hash + "0", "manifest-digest")
    try refuses(hash, "", "manifest-digest")
  }

  @Test(arguments: [
    "../config.json", "/config.json", "a/../config.json", "a//config.json", "./config.json", "..",
    ".", "", "a/", "a\\\\b", "a\\u0000b", "a\\nb", "a\\u007f",
  ])
  func aPathThatLeavesTheFolderIsRefused(path: String) throws {
    try refuses("\"path\": \"config.json\"", "\"path\": \"\(path)\"", "manifest-path")
  }

  @Test func aPathThatAppearsTwiceIsRefused() throws {
    try refuses("\"path\": \"config.json\"", "\"path\": \"model-test.test\"", "manifest-duplicate")
  }

  @Test func aTensorThatAppearsTwiceIsRefused() throws {
    try refuses("\"name\": \"n\"", "\"name\": \"w\"", "manifest-duplicate")
  }

  @Test func aTensorOutsideItsFileIsRefused() throws {
    try refuses("\"offset\": 8,", "\"offset\": 300,", "manifest-extent")
    try refuses("\"offset\": 8,", "\"offset\": 9223372036854775807,", "manifest-extent")
  }

  @Test func aSizeThatIsNotWhatTheShapeTakesIsRefused() throws {
    try refuses("\"byteCount\": 16,", "\"byteCount\": 15,", "manifest-extent")
  }

  @Test func aShapeThatOverflowsIsRefused() throws {
    let text = try manifest().text
    #expect(text.contains("0,\n            32"))
    try refuses("0,\n            32", "0, 4611686018427387904, 4", "shape-overflow")
    try refuses("0,\n            32", "-1, 32", "dimension-negative")
  }

  @Test func anUnknownEncodingIsRefused() throws {
    try refuses("\"encoding\": \"Q8_0\"", "\"encoding\": \"q8_0\"", "manifest-member")
  }

  @Test func anOutcomeThatTheEncodingsContradictIsRefused() throws {
    try refuses("\"outcome\": \"requantized\"", "\"outcome\": \"exact\"", "manifest-member")
    try refuses("\"outcome\": \"requantized\"", "\"outcome\": \"refused\"", "manifest-member")
  }

  @Test func aRecipeThatWasChangedIsRefused() throws {
    try refuses("\"method\": \"nearest\"\n", "\"method\": \"other\"\n", "manifest-digest")
  }

  @Test func whatIsNoJSONIsRefused() throws {
    #expect(failure { _ = try Manifest(parsing: []) }?.reason == "json-syntax")
    #expect(failure { _ = try Manifest(parsing: Array("[]".utf8)) }?.reason == "manifest-member")
    #expect(
      failure { _ = try Manifest(parsing: Array("{\"a\":1,\"a\":1}".utf8)) }?.reason
        == "duplicate-key")
  }
}

/// Compares `text` with the golden of this name.
func expectGolden(_ text: String, _ name: String) throws {
  let parts = #filePath.split(separator: "/").dropLast()
  let path = "/" + parts.joined(separator: "/") + "/Goldens/" + name
  guard getenv("INGOT_RECORD_GOLDENS") == nil else {
    try writeFile(path, Array(text.utf8))
    Issue.record("the golden manifest was recorded; a test run must not record")
    return
  }
  #expect(try String(decoding: readFile(path), as: UTF8.self) == text)
}

extension String {
  /// This text with the characters of `range` replaced.
  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
