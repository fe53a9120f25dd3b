import Glibc
import Tensors
import Testing

@testable import PluginKit

/// Which files a path stands for, and how they are joined.
@Suite struct OpenCheckpointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ name: String = "") throws -> Checkpoint {
    try BuiltProducts.catalog().openCheckpoint(
      at: name.isEmpty ? folder.path : folder.path + "/" + name)
  }

  private func write(_ name: String, _ tensors: [String]) throws {
    try folder.write(name, try ModelFile.bytes("safetensors", tensors))
  }

  private func writeIndex(_ map: [String: String], total: Int? = nil) throws {
    var members: [String: JSONValue] = ["weight_map": .object(map.mapValues { .string($0) })]
    if let total { members["metadata"] = .object(["total_size": .integer(total)]) }
    try folder.write("model.safetensors.index.json", JSONValue.object(members).canonicalText)
  }

  /// Two shards with two tensors, and an index that fits.
  private func writeShards() throws {
    try write("model-00001-of-00002.safetensors", ["a", "b"])
    try write("model-00002-of-00002.safetensors", ["c"])
    try writeIndex(
      [
        "a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
        "c": "model-00002-of-00002.safetensors",
      ], total: 24)
  }

  @Test func singleFile() throws {
    try write("model.safetensors", ["a"])
    try folder.write("config.json", "{}")
    let checkpoint = try open("model.safetensors")
    #expect(checkpoint.tensors.map(\.name) == ["a"])
    #expect(checkpoint.folder == nil)
    #expect(checkpoint.companions.isEmpty)
    #expect(checkpoint.files[0].container.id == "safetensors")
    var bytes = [UInt8](repeating: 1, count: 8)
    try bytes.withUnsafeMutableBytes {
      try checkpoint.read(checkpoint.tensors[0], offset: 0, into: $0)
    }
    #expect(bytes == Array(repeating: 0, count: 8))
  }

  @Test func folderWithOneFileAndCompanions() throws {
    try write("model.safetensors", ["a"])
    for name in [
      "config.json", "tokenizer.model", "1_Pooling/config.json", ".gitattributes",
      "pytorch_model.bin",
      "onnx/model.onnx", "SHA256SUMS", "ingot-manifest.json", "pytorch_model.bin.index.json",
      ".cache/x.json",
    ] { try folder.write(name, "{}") }
    let checkpoint = try open()
    #expect(checkpoint.files.map(\.name) == ["model.safetensors"])
    #expect(checkpoint.companions == ["1_Pooling/config.json", "config.json", "tokenizer.model"])
    #expect(checkpoint.folder == folder.path)
  }

  @Test func snapshotOfLinksIsFollowed() throws {
    try write("blobs/abc", ["a"])
    try folder.write("blobs/def", "{}")
    try folder.write("snapshot/none", "")
    symlink("../blobs/abc", folder.path + "/snapshot/model.safetensors")
    symlink("../blobs/def", folder.path + "/snapshot/config.json")
    unlink(folder.path + "/snapshot/none")
    let checkpoint = try open("snapshot")
    #expect(checkpoint.tensors.count == 1)
    #expect(checkpoint.companions == ["config.json"])
  }

  @Test func brokenLinkIsNamed() throws {
    try write("model.safetensors", ["a"])
    symlink("nowhere", folder.path + "/config.json")
    #expect(failure { _ = try open() }?.reason == "broken-link")
  }

  @Test func shardsByIndex() throws {
    try writeShards()
    let checkpoint = try open()
    #expect(checkpoint.tensors.map(\.name) == ["a", "b", "c"])
    #expect(checkpoint.tensors.map(\.fileIndex) == [0, 0, 1])
    #expect(try open("model.safetensors.index.json").tensors.count == 3)
  }

  @Test func shardsByFirstName() throws {
    try writeShards()
    #expect(try open("model-00001-of-00002.safetensors").tensors.count == 3)
    unlink(folder.path + "/model.safetensors.index.json")
    #expect(try open().tensors.map(\.name) == ["a", "b", "c"])
  }

  @Test func otherShardNamesTheFirst() throws {
    try writeShards()
    let failure = failure { _ = try open("model-00002-of-00002.safetensors") }
    #expect(failure?.code == .invalidArgument)
    #expect(failure?.reason == "not-the-first-shard")
    #expect(failure?.text.contains("model-00001-of-00002.safetensors") == true)
  }

  @Test func indexWinsOverAWholeFile() throws {
    try writeShards()
    try write("consolidated.safetensors", ["z"])
    #expect(try open().tensors.map(\.name) == ["a", "b", "c"])
  }

  @Test func severalModelsAreListed() throws {
    try write("a.safetensors", ["a"])
    try folder.write("b.gguf", try ModelFile.bytes("gguf", ["a"]))
    let failure = failure { _ = try open() }
    #expect(failure?.reason == "several-candidates")
    #expect(failure?.text.contains("a.safetensors, b.gguf") == true)
  }

  @Test func slashAtTheEndChangesNothing() throws {
    try write("model.safetensors", ["a"])
    #expect(try open("/").folder == folder.path)
  }

  @Test func emptyFolderIsNotFound() throws {
    try folder.write("config.json", "{}")
    #expect(failure { _ = try open() }?.reason == "no-container-file")
    #expect(failure { _ = try open("missing") }?.reason == "no-such-file")
  }

  @Test func missingShardIsNamed() throws {
    try writeShards()
    unlink(folder.path + "/model-00002-of-00002.safetensors")
    let failure = failure { _ = try open() }
    #expect(failure?.code == .notFound)
    #expect(failure?.reason == "shard-missing")
    #expect(failure?.text.contains("model-00002-of-00002") == true)
  }

  @Test(arguments: ["../x.safetensors", "/etc/x.safetensors", "a\\b.safetensors", "", ".."])
  func shardOutsideTheFolderIsRefused(shard: String) throws {
    try writeShards()
    try writeIndex(["a": shard])
    let failure = failure { _ = try open() }
    #expect(failure?.code == .refused)
    #expect(failure?.reason == "unsafe-shard-name")
  }

  @Test func shardThatTheIndexLeavesOutIsNamed() throws {
    try writeShards()
    try writeIndex([
      "a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
    ])
    #expect(failure { _ = try open() }?.reason == "shard-not-in-index")
  }

  @Test func tensorThatTheIndexLeavesOutIsNamed() throws {
    try writeShards()
    try writeIndex([
      "a": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors",
    ])
    let failure = failure { _ = try open() }
    #expect(failure?.reason == "tensor-not-in-index")
    #expect(failure?.text.contains("tensor b") == true)
  }

  @Test func tensorInNoShardIsNamed() throws {
    try writeShards()
    try writeIndex([
      "a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
      "c": "model-00002-of-00002.safetensors", "d": "model-00002-of-00002.safetensors",
    ])
    #expect(failure { _ = try open() }?.reason == "tensor-missing")
  }

  @Test func tensorInAnotherShardIsNamed() throws {
    try writeShards()
    try writeIndex([
      "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors",
      "c": "model-00002-of-00002.safetensors",
    ])
    #expect(failure { _ = try open() }?.reason == "tensor-in-other-shard")
  }

  @Test func wrongTotalSizeIsRefused() throws {
    try writeShards()
    try writeIndex(
      [
        "a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
        "c": "model-00002-of-00002.safetensors",
      ], total: 25)
    #expect(failure { _ = try open() }?.reason == "total-size-mismatch")
  }

  @Test func tensorInTwoShardsIsRefused() throws {
    try write("model-00001-of-00002.safetensors", ["a"])
    try write("model-00002-of-00002.safetensors", ["a"])
    let failure = failure { _ = try open() }
    #expect(failure?.code == .refused)
    #expect(failure?.reason == "duplicate-tensor")
  }

  @Test(arguments: ["[]", "{}", #"{"weight_map":{}}"#, #"{"weight_map":{"a":1}}"#])
  func indexWithoutAMapIsMalformed(text: String) throws {
    try folder.write("model.safetensors.index.json", text)
    #expect(failure { _ = try open() }?.reason == "shard-index")
  }

  @Test func mixedContainersAreRefused() throws {
    try write("model-00001-of-00002.safetensors", ["a"])
    try folder.write("model-00002-of-00002.safetensors", try ModelFile.bytes("gguf", ["b"]))
    #expect(failure { _ = try open() }?.reason == "mixed-containers")
  }

  @Test func tensorLimitIsForTheWholeCheckpoint() throws {
    try writeShards()
    let failure = failure {
      _ = try BuiltProducts.catalog().openCheckpoint(
        at: folder.path, options: OpenOptions(limits: Limits(tensorCount: 2)))
    }
    #expect(failure?.code == .limitExceeded)
    #expect(failure?.reason == "too-many-tensors")
  }

  @Test func specialFileIsRefusedWithoutBlocking() throws {
    mkfifo(folder.path + "/model.safetensors", 0o600)
    #expect(failure { _ = try open("model.safetensors") }?.reason == "not-a-regular-file")
  }
}
