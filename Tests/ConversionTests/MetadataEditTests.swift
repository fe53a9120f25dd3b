import Dialects
import Tensors
import Testing

@testable import Conversion

/// `KEY=TYPE:VALUE`, and what becomes of a list of entries.
@Suite struct MetadataEditTests {
  private func edited(_ entries: [MetadataEntry], _ texts: String...) throws -> [MetadataEntry] {
    try MetadataEdit.apply(texts.map { try MetadataEdit(parsing: $0) }, to: entries).entries
  }

  @Test(arguments: [
    ("k=int:7", MetadataValue.uint32(7)), ("k=float:0.5", .float32(0.5)),
    ("k=bool:true", .bool(true)), ("k=bool:false", .bool(false)), ("k=str:a=b:c", .string("a=b:c")),
    ("k=string:", .string("")), ("k=uint8:255", .uint8(255)), ("k=int8:-128", .int8(-128)),
    ("k=uint16:1", .uint16(1)), ("k=int16:-1", .int16(-1)), ("k=uint32:1", .uint32(1)),
    ("k=int32:-1", .int32(-1)), ("k=uint64:18446744073709551615", .uint64(.max)),
    ("k=int64:-9223372036854775808", .int64(.min)), ("k=float32:1e-3", .float32(0.001)),
    ("k=float64:-0.1", .float64(-0.1)), ("k=[uint8]:[0, 255]", .array(.uint8([0, 255]))),
    ("k=[int64]:[]", .array(.int64([]))), ("k=[bool]:[true,false]", .array(.bool([true, false]))),
    ("k=[float32]:[0.1, -2]", .array(.float32([0.1, -2]))),
    ("k=[float64]:[0.1]", .array(.float64([0.1]))),
    ("k=[string]:[\"a\", \"\\u00e9\"]", .array(.string(["a", "é"]))),
  ])
  func everyTypeIsParsed(text: String, value: MetadataValue) throws {
    #expect(try edited([], text) == [MetadataEntry("k", value)])
    // What a manifest holds is read back to the same.
    let typed = try #require(MetadataEdit.set(MetadataEntry("k", value)).typed)
    #expect(try MetadataEdit(key: "k", typed: typed) == .set(MetadataEntry("k", value)))
  }

  @Test(arguments: [
    ("k", "metadata-syntax"), ("k=", "metadata-syntax"), ("k=7", "metadata-syntax"),
    ("=int:7", "metadata-key-empty"), ("k=i32:7", "metadata-type-unknown"),
    ("k=:7", "metadata-type-unknown"), ("k=Int:7", "metadata-type-unknown"),
    ("k=[[uint8]]:[]", "metadata-type-unknown"), ("k=int:", "metadata-value"),
    ("k=int:1.5", "metadata-value"), ("k=int:99999999999999999999", "metadata-value"),
    ("k=int:-1", "metadata-value"), ("k=int:4294967296", "metadata-value"),
    ("k=uint8:256", "metadata-value"), ("k=uint8: 1", "metadata-value"),
    ("k=float:x", "metadata-value"), ("k=float:nan", "metadata-value"),
    ("k=float32:inf", "metadata-value"), ("k=float:1e39", "metadata-value"),
    ("k=bool:1", "metadata-value"), ("k=bool:True", "metadata-value"),
    ("k=[uint8]:1", "metadata-value"), ("k=[uint8]:[256]", "metadata-value"),
    ("k=[uint8]:[1", "metadata-value"), ("k=[string]:[1]", "metadata-value"),
    ("k=[float32]:[\"1\"]", "metadata-value"), ("k=[bool]:[1]", "metadata-value"),
    ("general.alignment=int:64", "metadata-key-reserved"),
    ("split.count=uint16:2", "metadata-key-reserved"),
    ("ingot.metadata=str:x", "metadata-key-reserved"),
  ])
  func whatIsNoEditIsRefused(text: String, reason: String) {
    let error = failure { _ = try edited([], text) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == reason)
  }

  @Test func numbersTakeTheTypeOfTheKey() throws {
    let entries = [
      MetadataEntry("a", .int16(1)), MetadataEntry("b", .float64(1)),
      MetadataEntry("c", .uint64(1)),
      MetadataEntry("d", .string("1")), MetadataEntry("e", .int64(1)),
    ]
    #expect(
      try edited(entries, "a=int:-3", "b=float:0.1", "c=int:5000000000", "d=int:4", "e=int:-9") == [
        MetadataEntry("a", .int16(-3)), MetadataEntry("b", .float64(0.1)),
        MetadataEntry("c", .uint64(5_000_000_000)), MetadataEntry("d", .uint32(4)),
        MetadataEntry("e", .int64(-9)),
      ])
    #expect(failure { _ = try edited(entries, "a=int:40000") }?.reason == "metadata-value")
  }

  @Test func orderIsKeptAndNewKeysComeLast() throws {
    let entries = ["a", "b", "c"].map { MetadataEntry($0, .bool(true)) }
    let edits: [MetadataEdit] = [
      .set(MetadataEntry("n", .uint8(1))), .set(MetadataEntry("b", .uint8(2))), .remove(key: "a"),
      .set(MetadataEntry("n", .uint8(3))),
    ]
    let (result, resolved) = try MetadataEdit.apply(edits, to: entries)
    #expect(result.map(\.key) == ["b", "c", "n"])
    #expect(result["n"] == .uint8(3))
    #expect(resolved == edits)
    #expect(
      MetadataEdit.merged([], edits) == [
        .set(MetadataEntry("n", .uint8(3))), .set(MetadataEntry("b", .uint8(2))),
        .remove(key: "a"),
      ])
  }

  @Test func aKeyThatIsNotThereCannotBeRemoved() {
    let error = failure { _ = try MetadataEdit.apply([.remove(key: "x")], to: []) }
    #expect(error?.code == .notFound)
    #expect(error?.reason == "metadata-key-missing")
  }
}

/// The same as part of a conversion.
@Suite struct MetadataOverrideTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func job(_ edits: [MetadataEdit], log: RecordingFormat.Log? = nil) throws -> Job {
    var job = Job(
      try checkpoint(
        [TestTensor("blk.0.attn_q.weight", [2, 32])],
        metadata: [
          MetadataEntry("general.architecture", .string("llama")),
          MetadataEntry("general.file_type", .uint32(0)),
        ]))
    job.options.metadataEdits = edits
    return job
  }

  @Test func overridesComeAfterEverythingElse() throws {
    let format = RecordingFormat()
    let job = try job([
      .setInteger(key: "general.file_type", 99), .set(MetadataEntry("x", .bool(true))),
    ])
    let plan = try Planner(
      job.source, recipe: ConversionTests.recipe("encoding: Q8_0"), format: format,
      options: job.options, programVersion: "0"
    ).plan(for: .folder(path: folder.path + "/out"))
    #expect(format.log.entries["general.file_type"] == .uint32(99))
    #expect(format.log.entries["general.quantization_version"] == .uint32(2))
    #expect(format.log.entries.last == MetadataEntry("x", .bool(true)))
    #expect(
      plan.job.metadataEdits == [
        .set(MetadataEntry("general.file_type", .uint32(99))),
        .set(MetadataEntry("x", .bool(true))),
      ])
  }

  @Test func theManifestHasThemAndIsReadBack() throws {
    let report = try job([
      .setFloat(key: "f", 0.1), .set(MetadataEntry("s", .array(.string(["a\n"])))),
      .remove(key: "general.file_type"), .set(MetadataEntry("u", .uint64(.max))),
    ]).run(to: .folder(path: folder.path + "/out"))
    let manifest = try Manifest(parsing: Array(report.manifest.text.utf8))
    #expect(manifest == report.manifest)
    #expect(
      manifest.metadataEdits.map(\.typed) == [
        "float32:0.1", "[string]:[\"a\\n\"]", nil, "uint64:18446744073709551615",
      ])
    #expect(try OutputVerification(.init(of: folder.path + "/out")).run(threadCount: 1).isEmpty)
  }

  @Test(arguments: [
    ("\"value\": \"uint8:1\"", "\"value\": \"uint8:01\""),
    ("\"value\": \"uint8:1\"", "\"value\": \"int:1\""),
    ("\"value\": \"uint8:1\"", "\"value\": \"x\""), ("\"value\": \"uint8:1\"", "\"value\": 1"),
    ("\"key\": \"k\"", "\"key\": 1"), ("\"key\": \"k\"", "\"kex\": \"k\""),
  ])
  func aManifestWithAnEditThatIsNoneIsRefused(old: String, new: String) throws {
    let text = try job([.set(MetadataEntry("k", .uint8(1)))])
      .run(to: .folder(path: folder.path + "/out")).manifest.text
    let changed = text.replacingOccurrence(of: old, with: new)
    try #require(changed != text)
    #expect(
      failure { _ = try Manifest(parsing: Array(changed.utf8)) }?.reason == "manifest-member")
  }

  @Test func aManifestWithAKeyTwiceIsRefused() throws {
    let text = try job([
      .set(MetadataEntry("k", .uint8(1))), .set(MetadataEntry("l", .uint8(1))),
    ]).run(to: .folder(path: folder.path + "/out")).manifest.text
    let changed = text.replacingOccurrence(of: "\"key\": \"l\"", with: "\"key\": \"k\"")
    #expect(
      failure { _ = try Manifest(parsing: Array(changed.utf8)) }?.reason == "manifest-duplicate")
  }

  @Test func anotherValueIsAnotherJob() throws {
    // The header keeps its size, so nothing but the value tells the jobs apart.
    func interrupted(_ value: UInt8) throws -> Job {
      try job([.set(MetadataEntry("k", .uint8(value)))])
    }
    let target = OutputTarget.folder(path: folder.path + "/out")
    _ = failure {
      try interrupted(1).run(to: target, events: .init(isCancelled: { true }))
    }
    let report = try interrupted(2).run(to: target)
    #expect(report.manifest.metadataEdits == [.set(MetadataEntry("k", .uint8(2)))])
  }
}

extension String {
  fileprivate func replacingOccurrence(of old: String, with new: String) -> String {
    guard let range = firstRange(of: old) else { return self }
    return self[..<range.lowerBound] + new + self[range.upperBound...]
  }
}
