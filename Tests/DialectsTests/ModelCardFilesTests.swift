import Tensors
import Testing

@testable import Dialects

/// From metadata to files, and back.
@Suite struct ModelCardFilesTests {
  private func back(_ metadata: [MetadataEntry]) throws -> [MetadataEntry] {
    var contents: [String: [UInt8]] = [:]
    for file in try ModelCard.files(from: metadata) { contents[file.name] = file.bytes }
    return try ModelCard.metadata(
      of: ModelFiles(contents: contents), override: nil,
      parameterCounts: ParameterCounts(total: 0, shared: 0))
  }

  @Test func filesSayWhatTheMetadataSaid() throws {
    let found = try back(ModelCardTests.wholeMetadata)
    #expect(found == ModelCardTests.wholeMetadata)
  }

  @Test(arguments: [
    "", "no", "null", "~", "1.0", "2024-01-01", "a: b", "- x", "#x", "'", "\"\\", " x ", "&a", "*a",
    "a\nb\tc", "\u{0}\u{1}\u{7F}\u{85}\u{A0}\u{2028}\u{FEFF}\u{FFFE}", "é😀", "---", "%", "@",
    "\u{10FFFF}",
    "--- x\n---\n", "[a]", "{a: b}", "a,b", "!x", "|", ">",
  ])
  func anyTextGoesThroughTheFrontMatter(text: String) throws {
    var entries = [
      MetadataEntry("general.name", .string(text)),
      MetadataEntry("general.description", .string(text)),
      MetadataEntry("general.license.name", .string(text)),
    ].filter { !text.isEmpty || $0.value.string != "" }
    entries += [
      MetadataEntry("general.base_model.count", .uint32(1)),
      MetadataEntry("general.base_model.0.name", .string("n" + text)),
      MetadataEntry("general.base_model.0.author", .string("a" + text)),
      MetadataEntry("general.tags", .array(.string([text, text]))),
    ]
    #expect(try back(entries) == entries)
  }

  @Test func theCardIsReadable() throws {
    let files = try ModelCard.files(from: [
      MetadataEntry("general.architecture", .string("llama")),
      MetadataEntry("general.name", .string("SmolLM2 135M")),
      MetadataEntry("general.license", .string("apache-2.0")),
      MetadataEntry("general.base_model.count", .uint32(1)),
      MetadataEntry("general.base_model.0.name", .string("SmolLM2 135M")),
      MetadataEntry("general.base_model.0.organization", .string("HuggingFaceTB")),
      MetadataEntry(
        "general.base_model.0.repo_url",
        .string("https://huggingface.co/HuggingFaceTB/SmolLM2-135M")),
      MetadataEntry("general.languages", .array(.string(["en", "no"]))),
      MetadataEntry("general.sampling.temp", .float32(0.2)),
      MetadataEntry("general.sampling.top_k", .int32(40)),
    ])
    #expect(files.map(\.name) == ["README.md", "generation_config.json"])
    #expect(
      String(decoding: files[0].bytes, as: UTF8.self) == """
        ---
        license: apache-2.0
        model_name: "SmolLM2 135M"
        base_model:
        - HuggingFaceTB/SmolLM2-135M
        language:
        - en
        - "no"
        ---

        # SmolLM2 135M

        """)
    #expect(
      String(decoding: files[1].bytes, as: UTF8.self) == """
        {
          "do_sample": true,
          "temperature": 0.2,
          "top_k": 40
        }

        """)
  }

  @Test func metadataThatSayNothingMakeNoFile() throws {
    #expect(try ModelCard.files(from: []).isEmpty)
    #expect(
      try ModelCard.files(from: [
        MetadataEntry("general.architecture", .string("llama")),
        MetadataEntry("general.name", .uint32(1)), MetadataEntry("general.tags", .string("x")),
        MetadataEntry("general.base_model.count", .uint32(.max)),
        MetadataEntry("general.base_model.x.name", .string("y")),
        MetadataEntry("general.base_model.99999999999999999999.name", .string("y")),
        MetadataEntry("general.base_model.-1.name", .string("y")),
      ]).isEmpty)
  }

  @Test(arguments: [
    MetadataEntry("general.sampling.temp", .float32(.nan)),
    MetadataEntry("general.sampling.temp", .uint32(1)),
    MetadataEntry("general.sampling.top_k", .string("1")),
    MetadataEntry("general.sampling.sequence", .int32(1)),
  ])
  func aParameterOfAnotherTypeIsRefused(entry: MetadataEntry) {
    do throws(ModelError) {
      _ = try ModelCard.files(from: [entry])
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.reason == "generation-config-type")
    }
  }
}
