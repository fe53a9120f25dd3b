import Tensors
import Testing

@testable import Dialects

/// Every architecture file, there and back on a model that is made from the file itself.
@Suite struct InverseTests {
  static let names = Translation.architectures

  @Test(arguments: names) func tensorsComeBack(_ name: String) throws {
    let tiny = try TinyModel(name)
    let source = tiny.model.checkpoint
    let there = try translate(source, tiny.config)
    #expect(there.architecture == name)
    let back = try Translation.toHuggingFace(there.checkpoint)
    guard tiny.architecture.returnsAs == nil else {
      #expect(back.architecture == tiny.architecture.returnsAs)
      return
    }
    #expect(back.architecture == name)
    #expect(
      Set(back.checkpoint.tensors.map(\.name)) == Set(source.tensors.map(\.name)))
    for tensor in source.tensors {
      let other = try #require(back.checkpoint.info(tensor.name))
      #expect(other.shape == tensor.shape, "\(tensor.name)")
      #expect(other.elementType == tensor.elementType, "\(tensor.name)")
      #expect(
        try back.checkpoint.bytes(of: tensor.name) == source.bytes(of: tensor.name),
        "\(tensor.name)")
    }
  }

  /// The configuration that comes back makes the same metadata again.
  @Test(arguments: names) func metadataComeBack(_ name: String) throws {
    let tiny = try TinyModel(name)
    guard tiny.architecture.returnsAs == nil else { return }
    let there = try translate(tiny.model.checkpoint, tiny.config)
    let back = try Translation.toHuggingFace(there.checkpoint)
    let config = try #require(back.config)
    let again = try translate(back.checkpoint, config)
    #expect(again.architecture == name)
    let differing = Set(again.checkpoint.metadata)
      .symmetricDifference(there.checkpoint.metadata)
    #expect(differing.isEmpty, "\(differing)")
    #expect(again.checkpoint.metadata.map(\.key) == there.checkpoint.metadata.map(\.key))
    #expect(
      again.checkpoint.tensors.map(\.name).sorted()
        == there.checkpoint.tensors.map(\.name).sorted())
  }

  /// No tensor of llama.cpp has two sources, and none is lost.
  @Test(arguments: names) func namesAreUnique(_ name: String) throws {
    let tiny = try TinyModel(name)
    let there = try translate(tiny.model.checkpoint, tiny.config)
    let names = there.checkpoint.tensors.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.utf8.count <= 63 })
    #expect(there.notes.allSatisfy { $0.kind == .droppedKey })
  }

  private func translate(_ source: Checkpoint, _ config: JSONValue) throws -> Translation {
    try Translation.toLlamaCpp(
      source, files: ModelFiles(config: config), tokenizerMetadata: [], generalMetadata: [],
      vocabularySize: nil)
  }
}
