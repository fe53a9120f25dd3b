import Tensors
import Testing

@testable import PluginKit

/// What a plugin returns is checked before it is believed.
@Suite struct PluginContractTests {
  private func open(
    _ defines: [String], bytes: [UInt8] = Array("BADP".utf8) + Array(repeating: 0, count: 28)
  )
    throws -> (index: ContainerIndex, reader: PluginFileReader?)
  {
    let folder = try TemporaryFolder()
    let plugin = try LoadedPlugin(library: try CompiledPlugin.build(defines, in: folder))
    return try plugin.open(MemoryByteSource(bytes))
  }

  @Test func trueIndexIsTaken() throws {
    let index = try open([]).index
    #expect(index.tensors.map(\.name) == ["weight"])
    #expect(index.tensors[0].shape.dimensions == [2])
  }

  @Test(arguments: [
    (["OFFSET=25"], "extent-outside-file"), (["OFFSET=0xFFFFFFFFFFFFFFF8"], "number-out-of-range"),
    (["BYTES=9"], "size-mismatch"), (["COUNT=2"], "extents-overlap"), (["NAME=\"\""], "name-empty"),
    (["COUNT=3", "OFFSET=24", "NAME=\"weight\""], "duplicate-name"),
    (["NAME=\"\\xFF\""], "name-not-utf8"), (["FLAGS=2"], "unknown-flag"),
    (["FLAGS=1"], "read-missing"), (["COUNT=2000000"], "limit-not-honoured"),
    (["SILENT"], "plugin-contract"), (["TWICE"], "plugin-contract"),
    (["OK_AFTER_REPORT"], "plugin-contract"), (["CODE=99"], "plugin-contract"),
    (["REASON=\"Not A Token\""], "plugin-contract"), (["CODE=INGOT_FAILED"], "some-reason"),
    (["METADATA={TEXT(\"k\"), 99}"], "metadata-type-unknown"),
    (["METADATA={TEXT(\"k\"), INGOT_BOOL, 0, {2}}"], "metadata-out-of-range"),
    (["METADATA={TEXT(\"k\"), INGOT_U8, 0, {256}}"], "metadata-out-of-range"),
    (["METADATA={TEXT(\"k\"), INGOT_ARRAY, 0, {.array = {INGOT_U8, 0, 4, 0}}}"], "array-missing"),
    (["METADATA={TEXT(\"k\"), INGOT_STRING, 0, {.string = TEXT(\"\\xC0\")}}"], "metadata-not-utf8"),
  ])
  func falseIndexIsThePluginsFault(defines: [String], reason: String) throws {
    let failure = failure { _ = try open(defines) }
    #expect(failure?.code == .pluginFailed)
    #expect(failure?.reason == reason)
    #expect(failure?.text.contains("the plugin bad") == true)
  }

  @Test func unknownElementTypeIsNamed() throws {
    let failure = failure { _ = try open(["TYPE=\"Q9_X\""]) }
    #expect(failure?.code == .unsupported)
    #expect(failure?.reason == "unknown-element-type")
    #expect(failure?.text.contains("Q9_X") == true)
  }

  @Test(arguments: [
    ("INGOT_MALFORMED", ModelError.Code.malformed), ("INGOT_UNSUPPORTED", .unsupported),
    ("INGOT_LIMIT_EXCEEDED", .limitExceeded), ("INGOT_INVALID_ARGUMENT", .invalidArgument),
    ("INGOT_REFUSED", .refused), ("INGOT_CORRUPTED", .corrupted), ("INGOT_IO", .io),
  ])
  func reportedErrorComesOut(code: String, expected: ModelError.Code) throws {
    let failure = failure { _ = try open(["CODE=\(code)"]) }
    #expect(failure?.code == expected)
    #expect(failure?.reason == "some-reason")
  }

  @Test func readPastTheEndIsTheHostsError() throws {
    let failure = failure { _ = try open(["READ_AT=1000"]) }
    #expect(failure?.code == .malformed)
    #expect(failure?.reason == "read-past-end")
  }

  @Test func tensorsByReadComeThroughThePlugin() throws {
    let (index, reader) = try open(["FLAGS=1", "READ"])
    #expect(index.tensors[0].isReadByPlugin)
    var bytes = [UInt8](repeating: 0, count: 3)
    try bytes.withUnsafeMutableBytes {
      try #require(reader).read(tensorAt: 0, offset: 2, into: $0)
    }
    #expect(bytes == [0x42, 0x42, 0x42])
  }

  @Test(arguments: [
    (["LAYOUT=12", "SEGMENTS={0, 4, (const uint8_t *)\"head\"}", "OFFSETS=4"], nil),
    (["LAYOUT=13", "SEGMENTS={0, 4, (const uint8_t *)\"head\"}", "OFFSETS=4"], "layout-gap"),
    (["LAYOUT=12", "SEGMENTS={0, 4, (const uint8_t *)\"head\"}", "OFFSETS=3"], "layout-overlap"),
    (["LAYOUT=13", "SEGMENTS={0, 4, (const uint8_t *)\"head\"}", "OFFSETS=5"], "layout-gap"),
    (
      ["LAYOUT=12", "SEGMENTS={0, 4, (const uint8_t *)\"head\"}", "OFFSETS=4,12"],
      "layout-tensor-count"
    ),
    (["LAYOUT=12", "SEGMENTS={0, 4, 0}", "OFFSETS=4"], "layout-missing"),
    (
      [
        "LAYOUT=16",
        "SEGMENTS={12, 4, (const uint8_t *)\"head\"},{0, 4, (const uint8_t *)\"head\"}",
        "OFFSETS=4",
      ], "layout-order"
    ),
    (
      ["LAYOUT=UINT64_MAX", "SEGMENTS={0, 4, (const uint8_t *)\"head\"}", "OFFSETS=4"],
      "size-overflow"
    ),
  ])
  func layoutCoversTheFileOnce(defines: [String], reason: String?) throws {
    let folder = try TemporaryFolder()
    let plugin = try LoadedPlugin(library: try CompiledPlugin.build(defines, in: folder))
    let tensor = TensorInfo(
      name: "weight", elementType: .F32, shape: try Shape([2]), offset: 0, byteCount: 8)
    let failure = failure {
      let layout = try plugin.layout(of: ContainerIndex(tensors: [tensor], metadata: []))
      #expect(layout.tensorOffsets == [4])
    }
    #expect(failure?.reason == reason)
    #expect(failure == nil || failure?.code == .pluginFailed)
  }

  @Test func readerOnlyPluginDoesNotWrite() throws {
    let folder = try TemporaryFolder()
    let plugin = try LoadedPlugin(library: try CompiledPlugin.build(in: folder))
    #expect(failure { _ = try PluginFormat(plugin) }?.reason == "write-not-supported")
  }
}
