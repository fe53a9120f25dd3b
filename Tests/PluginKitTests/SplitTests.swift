import Tensors
import Testing

@testable import PluginKit

/// GGUF files in parts.
@Suite struct SplitTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ number: Int, _ tensors: [String], _ metadata: [MetadataEntry]) throws {
    try folder.write(
      "m-0000\(number)-of-00002.gguf", try ModelFile.bytes("gguf", tensors, metadata: metadata))
  }

  private func open() throws -> Checkpoint {
    try BuiltProducts.catalog().openCheckpoint(at: folder.path)
  }

  @Test func partsAreJoinedAndTheirKeysTakenOut() throws {
    let name = MetadataEntry("general.name", .string("m"))
    try write(1, ["a"], [name] + ModelFile.split(0, of: 2, tensors: 2))
    try write(2, ["b"], ModelFile.split(1, of: 2, tensors: 2))
    let checkpoint = try open()
    #expect(checkpoint.tensors.map(\.name) == ["a", "b"])
    #expect(checkpoint.metadata["general.name"] == .string("m"))
    #expect(!checkpoint.metadata.contains { $0.key.hasPrefix("split.") })
  }

  @Test(arguments: [
    (ModelFile.split(0, of: 2, tensors: 2), "split-number"),
    (ModelFile.split(1, of: 3, tensors: 2), "split-count"),
    (ModelFile.split(1, of: 2, tensors: 9), "split-tensor-count"),
    ([], "split-metadata-missing"),
  ])
  func wrongKeyIsMalformed(second: [MetadataEntry], reason: String) throws {
    try write(1, ["a"], ModelFile.split(0, of: 2, tensors: 2))
    try write(2, ["b"], second)
    let failure = failure { _ = try open() }
    #expect(failure?.code == .malformed)
    #expect(failure?.reason == reason)
  }

  @Test func partByItselfIsRefused() throws {
    let part = try ModelFile.bytes("gguf", ["a"], metadata: ModelFile.split(0, of: 3, tensors: 9))
    let path = try folder.write("renamed.gguf", part)
    let failure = failure { _ = try BuiltProducts.catalog().openCheckpoint(at: path) }
    #expect(failure?.code == .refused)
    #expect(failure?.reason == "incomplete-split")
  }

  @Test(arguments: [
    ("m-00001-of-00002.gguf", true), ("m-00002-of-00002.gguf", true),
    ("m-00003-of-00002.gguf", false),
    ("m-00000-of-00002.gguf", false), ("m-1-of-2.gguf", false), ("-00001-of-00001.gguf", false),
    ("m-00001-of-00002", false), ("m_00001-of-00002.gguf", false), ("m-0000x-of-00002.gguf", false),
    ("ä-00001-of-00002.gguf", true),
  ])
  func shardNamesAreRecognised(name: String, isShard: Bool) {
    let shard = ShardName(name)
    #expect((shard != nil) == isShard)
    #expect(shard == nil || shard?.name(of: shard?.number ?? 0) == name)
  }
}
