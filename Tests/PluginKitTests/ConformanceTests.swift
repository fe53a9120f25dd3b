import PluginKit
import PluginTesting
import Tensors
import Testing

/// The built-in plugins as shared libraries, the example in C, and plugins that must not pass.
@Suite struct ConformanceTests {
  @Test(arguments: [("gguf", "GGUF"), ("safetensors", "Safetensors")])
  func builtInPluginConforms(id: String, folder: String) throws {
    let fixtures = BuiltProducts.checkout("Formats/\(folder)/Fixtures")
    let report = try PluginConformance(
      library: try BuiltProducts.library(id), rewrittenMetadataKeys: ["general.alignment"]
    ).run(
      validFixtures: try Fixture.folder(fixtures + "/valid"),
      invalidFixtures: try Fixture.folder(fixtures + "/invalid"))
    #expect(report.passed)
    #expect(report.checks.allSatisfy { $0.skipReason == nil && $0.caseCount > 0 })
  }

  @Test func exampleInCConforms() throws {
    let folder = try TemporaryFolder()
    let source = BuiltProducts.checkout("Plugins/Examples/RAWT")
    try CompiledPlugin.shell("make -C '\(source)' 'OUTPUT=\(folder.path)'")
    let report = try PluginConformance(library: folder.path + "/libingot_rawt.so")
      .run(validFixtures: RAWTFixtures.valid, invalidFixtures: RAWTFixtures.invalid)
    #expect(report.passed)
    #expect(report.checks.allSatisfy { $0.skipReason == nil && $0.caseCount > 0 })
  }

  @Test(arguments: [
    ("OFFSET=4096", "valid files open, each time to the same index"),
    ("SILENT", "valid files open, each time to the same index"),
    ("CODE=INGOT_FAILED", "valid files open, each time to the same index"),
    ("BID=0", "`probe` bids on valid files and on nothing else"),
    ("COUNT=1", "limits are honoured"),
  ])
  func pluginWithAFaultDoesNotConform(define: String, check: String) throws {
    let folder = try TemporaryFolder()
    let conformance = try PluginConformance(library: try CompiledPlugin.build([define], in: folder))
    let bytes = Array("BADP".utf8) + Array(repeating: UInt8(0), count: 28)
    let report = conformance.evaluate(
      validFixtures: [Fixture(name: "valid", bytes: bytes)], invalidFixtures: [])
    #expect(report.checks.filter { !$0.passed }.map(\.name).contains(check))
    #expect(throws: ConformanceFailure.self) {
      try conformance.run(
        validFixtures: [Fixture(name: "valid", bytes: bytes)], invalidFixtures: [])
    }
  }

  @Test func noFixtureIsNoProof() throws {
    let conformance = try PluginConformance(library: try BuiltProducts.library("gguf"))
    #expect(!conformance.evaluate(validFixtures: [], invalidFixtures: []).passed)
  }
}

/// Files of the example format, byte by byte.
enum RAWTFixtures {
  static let valid = [
    file("one tensor", "tensor weight F32 2,3\nend\n", data: 24),
    file(
      "metadata, a scalar, an empty tensor",
      "meta license apache-2.0\nmeta empty \ntensor s F16 -\ntensor e I64 0,4\ntensor b BOOL 3\nend\n",
      data: 5),
    file("nothing", "end\n", data: 0),
  ]

  static let invalid = [
    file("no end", "tensor weight F32 2\n", data: 8, .malformed, "unknown-line"),
    file("short", "tensor weight F32 2\nend\n", data: 7, .malformed, "file-length"),
    file("long", "tensor weight F32 2\nend\n", data: 9, .malformed, "file-length"),
    file("name twice", "tensor a U8 1\ntensor a U8 1\nend\n", data: 2, .refused, "duplicate-name"),
    file("key twice", "meta a b\nmeta a c\nend\n", data: 0, .refused, "duplicate-name"),
    file("unknown type", "tensor a Q4_0 32\nend\n", data: 18, .malformed, "bad-type"),
    file("leading zero", "tensor a U8 01\nend\n", data: 1, .malformed, "bad-shape"),
    file(
      "product wraps", "tensor a U8 4294967296,4294967296\nend\n", data: 0, .malformed,
      "size-overflow"),
    file(
      "extent wraps", "tensor a U8 18446744073709551617\nend\n", data: 1, .malformed,
      "extent-too-large"),
    file(
      "huge and empty", "tensor a U8 4611686018427387904,4,0\nend\n", data: 0, .malformed,
      "size-overflow"),
    file("rank 9", "tensor a U8 1,1,1,1,1,1,1,1,1\nend\n", data: 1, .malformed, "bad-shape"),
    file("order", "tensor a U8 1\nmeta a b\nend\n", data: 1, .malformed, "line-order"),
    Fixture(
      name: "header past the end", bytes: Array("RAWT1 0000000128\n".utf8),
      expectedCode: .malformed,
      expectedReason: "header-length"),
    Fixture(
      name: "no digits", bytes: Array("RAWT1 00000000xx\n".utf8), expectedCode: .malformed,
      expectedReason: "bad-first-line"),
  ]

  private static func file(
    _ name: String, _ lines: String, data: Int, _ code: ModelError.Code? = nil,
    _ reason: String? = nil
  ) -> Fixture {
    let length = (17 + lines.utf8.count + 63) / 64 * 64
    let digits = String(length)
    let header = "RAWT1 " + String(repeating: "0", count: 10 - digits.count) + digits + "\n" + lines
    let padding = Array(repeating: UInt8(ascii: "\n"), count: length - header.utf8.count)
    return Fixture(
      name: name, bytes: Array(header.utf8) + padding + Array(repeating: 1, count: data),
      expectedCode: code, expectedReason: reason)
  }
}
