import Dialects
import Tensors
import Testing

@testable import Conversion

@Suite struct MetadataTests {
  static let everyType: [MetadataEntry] = [
    MetadataEntry("u8", .uint8(.max)), MetadataEntry("i8", .int8(.min)),
    MetadataEntry("u16", .uint16(.max)), MetadataEntry("i16", .int16(.min)),
    MetadataEntry("u32", .uint32(.max)), MetadataEntry("i32", .int32(.min)),
    MetadataEntry("u64", .uint64(.max)), MetadataEntry("i64", .int64(.min)),
    MetadataEntry("f32", .float32(-0.0)), MetadataEntry("f64", .float64(5e-324)),
    MetadataEntry("f32.inf", .float32(-.infinity)), MetadataEntry("f64.max", .float64(.infinity)),
    MetadataEntry("bool", .bool(true)), MetadataEntry("string", .string("\"\n\u{0}é😀")),
    MetadataEntry("[u8]", .array(.uint8([0, .max]))), MetadataEntry("[i8]", .array(.int8([.min]))),
    MetadataEntry("[u16]", .array(.uint16([.max]))), MetadataEntry("[i16]", .array(.int16([.min]))),
    MetadataEntry("[u32]", .array(.uint32([.max]))), MetadataEntry("[i32]", .array(.int32([.min]))),
    MetadataEntry("[u64]", .array(.uint64([.max, 0]))),
    MetadataEntry("[i64]", .array(.int64([.min, .max]))),
    MetadataEntry("[f32]", .array(.float32([0.1, -0.0, .infinity]))),
    MetadataEntry("[f64]", .array(.float64([0.1, .leastNonzeroMagnitude]))),
    MetadataEntry("[bool]", .array(.bool([true, false]))),
    MetadataEntry("[string]", .array(.string(["", "a\u{1}", "😀"]))),
    MetadataEntry("[empty]", .array(.uint32([]))), MetadataEntry("", .string("")),
  ]

  @Test func everyTypeGoesThroughTheCarrier() throws {
    let packed = MetadataCarrier.packed(Self.everyType)
    #expect(packed.allSatisfy { $0.value.string != nil })
    #expect(try MetadataCarrier.unpacked(packed) == Self.everyType)
  }

  @Test func theSignOfZeroAndTheBitsOfNaNGoThrough() throws {
    let float = Float(bitPattern: 0xFFC1_2345)
    let double = Double(bitPattern: 0x7FF8_0000_0000_0ABC)
    let entries = [
      MetadataEntry("f", .float32(float)), MetadataEntry("d", .float64(double)),
      MetadataEntry("fs", .array(.float32([float, -0.0]))),
      MetadataEntry("ds", .array(.float64([double]))),
    ]
    let back = try MetadataCarrier.unpacked(MetadataCarrier.packed(entries))
    guard case .float32(let f) = back[0].value, case .float64(let d) = back[1].value,
      case .array(.float32(let fs)) = back[2].value, case .array(.float64(let ds)) = back[3].value
    else {
      Issue.record("the types changed")
      return
    }
    #expect(f.bitPattern == 0xFFC1_2345)
    #expect(d.bitPattern == 0x7FF8_0000_0000_0ABC)
    #expect(fs.map(\.bitPattern) == [0xFFC1_2345, 0x8000_0000])
    #expect(ds.map(\.bitPattern) == [0x7FF8_0000_0000_0ABC])
  }

  @Test func metadataWithoutACarrierIsLeftAlone() throws {
    let entries = [MetadataEntry("format", .string("pt"))]
    #expect(try MetadataCarrier.unpacked(entries) == entries)
  }

  @Test(arguments: [
    "", "hello", "{}", "[1]", "[[1,2,3]]", "[[\"k\",\"uint8\"]]", "[[\"k\",\"uint8\",256]]",
    "[[\"k\",\"uint8\",-1]]", "[[\"k\",\"uint8\",1.0]]", "[[\"k\",\"what\",1]]",
    "[[\"k\",\"[uint8]\",1]]", "[[\"k\",\"[uint8]\",[300]]]", "[[\"k\",\"bool\",1]]",
    "[[\"k\",\"string\",1]]", "[[\"k\",\"float32\",4294967296]]",
  ])
  func aCarrierThatIngotDidNotWriteIsRefused(text: String) {
    let error = failure {
      _ = try MetadataCarrier.unpacked([MetadataEntry("ingot.metadata", .string(text))])
    }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "metadata-carrier")
  }

  /// A format that notes what it was asked to write.
  private func written(_ metadata: [MetadataEntry], onlyStrings: Bool, recipe: String) throws
    -> [MetadataEntry]
  {
    let entry = MetadataEntry("general.architecture", .string("llama"))
    var format = RecordingFormat()
    format.inner.holdsOnlyStrings = onlyStrings
    let source = try checkpoint(
      [TestTensor("blk.0.attn_q.weight", [2, 32])], metadata: [entry] + metadata)
    _ = try Planner(
      source, recipe: ConversionTests.recipe(recipe), format: format,
      options: ConversionOptions(), programVersion: "0"
    ).plan(for: .folder(path: "/nonexistent-ingot-test/out"))
    return format.log.entries
  }

  @Test func typesAreCarriedWhereTheContainerHoldsOnlyStrings() throws {
    let metadata = try written(
      [MetadataEntry("n", .uint32(7))], onlyStrings: true, recipe: "encoding: keep")
    #expect(metadata.map(\.key) == ["general.architecture", "ingot.metadata"])
    #expect(try MetadataCarrier.unpacked(metadata)["n"] == .uint32(7))
  }

  @Test func theFileTypeIsBroughtUpToDate() throws {
    let metadata = try written(
      [MetadataEntry("general.file_type", .uint32(0)), MetadataEntry("x", .bool(true))],
      onlyStrings: false, recipe: "encoding: Q8_0")
    #expect(metadata["general.file_type"] == .uint32(7))
    #expect(metadata["general.quantization_version"] == .uint32(2))
    #expect(metadata.prefix(3).map(\.key) == ["general.architecture", "general.file_type", "x"])
  }

  @Test func theFileTypeIsTheRecipesIfItNamesOne() throws {
    let metadata = try written(
      [], onlyStrings: false, recipe: "encoding: Q8_0\nfile-type: 15")
    #expect(metadata["general.file_type"] == .uint32(15))
  }

  @Test func aCopyChangesNoMetadata() throws {
    let metadata = try written(
      [MetadataEntry("general.file_type", .uint32(99))], onlyStrings: false,
      recipe: "encoding: keep")
    #expect(metadata.map(\.key) == ["general.architecture", "general.file_type"])
    #expect(metadata["general.file_type"] == .uint32(99))
  }
}
