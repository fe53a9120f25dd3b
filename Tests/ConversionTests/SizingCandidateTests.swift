import Dialects
import Encodings
import Methods
import Recipes
import Tensors
import Testing

@testable import Conversion

/// Which types may be chosen for a size, and what is refused before anything is measured.
@Suite struct SizingCandidateTests {
  private let output = OutputTarget.file(path: "nowhere.test")

  private func chooser(
    _ source: Checkpoint, _ base: Recipe, options: ConversionOptions = ConversionOptions(),
    importance: ImportanceMatrix? = nil, references: [Recipe] = []
  ) -> SizeChooser {
    SizeChooser(
      source, base: base, references: references, format: TestFormat(), options: options,
      programVersion: "0", importance: importance)
  }

  private func sized(
    _ source: Checkpoint, _ yaml: String = "encoding: Q8_0\nfallback: [F16]",
    _ target: SizeTarget = .fileByteCount(1 << 40)
  ) throws -> SizedRecipe {
    try chooser(source, ConversionTests.recipe(yaml)).choose(target, for: output)
  }

  private func types(_ tensor: SizedRecipe.Tensor) -> [ElementType] {
    tensor.candidates.map(\.elementType)
  }

  private func overriding(_ type: ElementType) throws -> Recipe {
    var overrides = RecipeOverrides()
    overrides.outputTensorType = type
    return try ConversionTests.recipe("encoding: Q8_0\nfallback: [F16]").applying(overrides)
  }

  @Test func everyTypeThatIngotWritesIsTried() throws {
    let source = try checkpoint([TestTensor("blk.0.ffn_up.weight", [4, 512])])
    let writable = EncodingTable.all.filter { $0.canEncode && $0.name != "F64" }.map(\.name)
    let found = try types(sized(source).tensors[0])
    #expect(Set(found.map(\.rawValue)) == Set(writable))
    #expect(found.map(\.bitsPerElement) == found.map(\.bitsPerElement).sorted())
    #expect(Set(found).isSuperset(of: [.MXFP4, .NVFP4, .TQ1_0, .TQ2_0, .Q1_0, .Q2_0, .F8_E5M2]))
  }

  @Test(arguments: ["MXFP4", "NVFP4", "TQ1_0", "TQ2_0", "Q1_0", "Q2_0"])
  func everyRecipeOfWritableTypesIsAReference(type: String) throws {
    let source = try checkpoint([
      TestTensor("a.weight", [16, 512], seed: 1), TestTensor("b.weight", [32, 512], seed: 2),
    ])
    let reference = try ConversionTests.recipe("encoding: \(type)")
    let chooser = try chooser(source, ConversionTests.recipe("encoding: Q8_0"))
    let sized = try chooser.choose(.fileByteCount(1 << 40), for: output)
    let model = Model(tensors: source.tensors, metadata: [], config: nil)
    let assignment = try #require(
      chooser.assignment(of: reference, sized.tensors, model, unfit: [[:], [:]]))
    #expect(
      zip(sized.tensors, assignment).allSatisfy { $0.candidates[$1].elementType.rawValue == type })
  }

  @Test func theFactorsOfNVFP4AreApplied() throws {
    // Without a factor nothing would be left of such numbers.
    let values = NVFP4Tests.normals(64 * 512, deviation: 1e-6, seed: 3)
    let source = try checkpoint([TestTensor("w.weight", .F32, [512, 64], floatBytes(values))])
    let folder = try TemporaryFolder()
    let report = try Job(source, "encoding: NVFP4").run(to: .file(path: folder.path + "/o.test"))
    let error = report.manifest.files[0].tensors[0].error.relativeRMSE
    let meter = try TypeMeter(source, source.tensors[0], importance: nil)
    let measured = try #require(try meter.measure([.NVFP4])[0]).squareRoot()
    #expect(abs(measured - error) < 1e-9 * error && error < 0.1)
  }

  @Test func eachMatrixOfAStackIsMeasuredWithItsOwnFactor() throws {
    let values = floats(3 * 4 * 128).enumerated().map { $1 * ($0 < 512 ? 1e-4 : 1e4) }
    let source = try checkpoint([TestTensor("w.weight", .F32, [3, 4, 128], floatBytes(values))])
    let first = try checkpoint([
      TestTensor("w.weight", .F32, [1, 4, 128], floatBytes(Array(values[..<512])))
    ])
    let weights = try importance([
      ("w.weight", (0..<384).map { Float($0 < 128 ? 1 : 0) })
    ])
    let stack = try TypeMeter(source, source.tensors[0], importance: weights).measure([.NVFP4])
    let alone = try TypeMeter(first, first.tensors[0], importance: nil).measure([.NVFP4])
    let (found, expected) = (try #require(stack[0]), try #require(alone[0]))
    // One is a sum of doubles, the other begins with sums of four squares in F32.
    #expect(abs(found - expected) < 1e-6 * expected && expected < 0.02)
  }

  @Test func aTypeThatDoesNotFitTheTensorIsNoCandidate() throws {
    let metadata = [MetadataEntry("general.architecture", .string("llama"))]
    let source = try checkpoint(
      [TestTensor("token_embd.weight", [8, 256]), TestTensor("blk.0.ffn_up.weight", [8, 256])],
      metadata: metadata)
    let sized = try sized(source)
    #expect(!types(sized.tensors[0]).contains(.NVFP4))
    #expect(types(sized.tensors[1]).contains(.NVFP4))
    var overrides = RecipeOverrides()
    overrides.tokenEmbeddingType = .NVFP4
    let base = try ConversionTests.recipe("encoding: Q8_0").applying(overrides)
    let error = failure {
      _ = try chooser(source, base).choose(.fileByteCount(1 << 40), for: output)
    }
    #expect(error?.reason == "encoding-unfit" && error?.context.tensor == "token_embd.weight")
  }

  @Test func aFactorIsPartOfTheSize() throws {
    let source = try checkpoint([TestTensor("blk.0.ffn_up.weight", [3, 4, 256])])
    let candidates = try sized(source).tensors[0].candidates
    let found = try #require(candidates.first { $0.elementType == .NVFP4 })
    #expect(found.byteCount == 3 * 4 * 4 * 36 + 3 * 4)
  }

  @Test func aTypeThatIngotDoesNotWriteIsRefusedAsSuch() throws {
    let source = try checkpoint([
      TestTensor("output.weight", [8, 256]), TestTensor("blk.0.ffn_up.weight", [8, 256]),
    ])
    let base = try overriding(.IQ2_XXS)
    let error = failure {
      _ = try chooser(source, base).choose(.fileByteCount(1 << 40), for: output)
    }
    #expect(error?.code == .unsupported && error?.reason == "cannot-encode")
    #expect(error?.context.tensor == "output.weight")
    #expect(error?.message.contains("IQ2_XXS, which --output-tensor-type IQ2_XXS") == true)
  }

  /// One value in a row that no sample looks at.
  private func model(with value: Float, _ type: ElementType = .F32) throws -> Checkpoint {
    let dimensions = [3001, 512]
    let sample = RowSample(try Shape(dimensions))
    let sampled = Set((0..<sample.rowCount).map(sample.row))
    let row = try #require((0..<3001).first { !sampled.contains($0) })
    var values = floats(3001 * 512)
    values[row * 512 + 7] = value
    let codec = try #require(EncodingTable.named(type.rawValue))
    var bytes = [UInt8](repeating: 0, count: values.count * codec.blockByteCount)
    values.withUnsafeBufferPointer { values in
      bytes.withUnsafeMutableBytes { codec.encode(values, into: $0) }
    }
    return try checkpoint([TestTensor("a.weight", type, dimensions, bytes)])
  }

  private static let overflows: [(Float, [ElementType], [ElementType])] = [
    (463, [], [.F8_E4M3, .F8_E5M2, .F16]), (465, [.F8_E4M3], [.F8_E5M2, .F16, .Q8_0]),
    (62_000, [.F8_E4M3, .F8_E5M2], [.F16, .Q8_0]), (65_600, [.F16], [.BF16, .Q8_0]),
    (1e7, [.F16, .Q8_0, .Q4_0], [.BF16]),
  ]

  @Test(arguments: overflows)
  func aValueOutsideTheSampleMayOverflowToo(
    value: Float, absent: [ElementType], present: [ElementType]
  ) throws {
    let found = Set(try types(sized(model(with: value)).tensors[0]))
    #expect(found.isDisjoint(with: absent))
    #expect(found.isSuperset(of: present))
  }

  @Test func whatWasChosenIsConvertedWhateverTheSampleSaw() throws {
    let source = try model(with: 65_600)
    let folder = try TemporaryFolder()
    let recipe = try sized(source, "encoding: Q8_0", .bitsPerElement(16)).recipe
    let plan = try Planner(
      source, recipe: recipe, format: TestFormat(), options: ConversionOptions(),
      programVersion: "0"
    ).plan(for: .file(path: folder.path + "/o.test"))
    let report = try Converter(source, plan: plan).run(
      to: .file(path: folder.path + "/o.test"), replacesExisting: false, resumes: false)
    #expect(report.manifest.files[0].tensors[0].encoding == .BF16)
  }

  @Test func anF16TensorHoldsNoValueTooGreatForOthers() throws {
    let found = Set(try types(sized(model(with: 60_000, .F16)).tensors[0]))
    #expect(found.isSuperset(of: [.Q8_0, .Q4_1, .Q4_K]))
    #expect(!found.contains(.F8_E4M3))
  }

  @Test(arguments: ["search", "four-over-six"], [1.9, 2.7, 3.3, 4.3, 4.6, 6, 8.6, 15, 16, 20, 32])
  func aMethodIsTakenWhereItCan(method: String, bits: Double) throws {
    let source = try checkpoint([
      TestTensor("a.weight", [32, 256], seed: 1), TestTensor("b.weight", [64, 512], seed: 2),
      TestTensor("c.weight", [48, 96], seed: 3),
    ])
    let yaml = "encoding: Q8_0\nfallback: [F16]\nmethod: \(method)"
    let sized = try sized(source, yaml, .bitsPerElement(max(bits, 2)))
    let plan = try Planner(
      source, recipe: sized.recipe, format: TestFormat(), options: ConversionOptions(),
      programVersion: "0"
    ).plan(for: output)
    for tensor in sized.tensors {
      let planned = try #require(plan.tensors.first { $0.name == tensor.source.name })
      #expect(planned.method == tensor.method)
      guard planned.outcome == .requantized else { continue }
      let codec = try #require(EncodingTable.named(planned.elementType.rawValue))
      let isFor = try #require(MethodTable.named(method)).supports(codec)
      #expect(planned.method == (isFor ? method : "nearest"))
    }
    #expect(sized.wantedMethod == method)
  }

  @Test func aMethodForNothingThatIsChosenIsNotNamed() throws {
    let source = try checkpoint([TestTensor("a.weight", [8, 33])])
    let sized = try sized(
      source, "encoding: F16\nmethod: four-over-six", .bitsPerElement(16))
    #expect(sized.recipe.method == "nearest" && sized.wantedMethod == "four-over-six")
    #expect(sized.tensors[0].method == "nearest")
  }

  @Test func memoryForOneMeasurementIsAskedFirst() throws {
    let source = try checkpoint([TestTensor("a.weight", [8, 1 << 20])])
    let base = try ConversionTests.recipe("encoding: Q8_0")
    var options = ConversionOptions(threadCount: 4, maximumMemory: 64 << 20)
    let error = failure {
      _ = try chooser(source, base, options: options)
        .choose(.fileByteCount(1 << 40), for: output)
    }
    #expect(error?.code == .limitExceeded && error?.reason == "memory-limit")
    #expect(error?.message.contains("to measure types; \(64 << 20) are allowed") == true)
    options.maximumMemory = 96 << 20
    _ = try chooser(source, base, options: options).choose(.fileByteCount(1 << 40), for: output)
  }

  @Test func weightsInMemoryAreCounted() throws {
    func threads(_ importanceByteCount: Int, limit: Int) throws -> Int {
      try Plan.Resources.measuringThreadCount(
        bufferByteCount: 10 << 20, tensorCount: 0, importanceByteCount: importanceByteCount,
        options: ConversionOptions(threadCount: 8, maximumMemory: limit))
    }
    let base = Plan.Resources.programByteCount
    #expect(try threads(0, limit: base + (800 << 20)) == 8)
    #expect(try threads(0, limit: base + (30 << 20)) == 3)
    #expect(try threads(10 << 20, limit: base + (30 << 20)) == 2)
    let error = failure { _ = try threads(21 << 20, limit: base + (30 << 20)) }
    #expect(error?.reason == "memory-limit")
  }

  @Test func aSizeThatNothingFitsIsRefusedBeforeItIsMeasured() throws {
    let source = try checkpoint([TestTensor("a.weight", [8, 512])])
    let chooser = SizeChooser(
      source, base: try ConversionTests.recipe("encoding: Q8_0"), format: TestFormat(),
      options: ConversionOptions(), programVersion: "0",
      events: Converter.Events(isCancelled: { true }))
    let error = failure { _ = try chooser.choose(.bitsPerElement(1), for: output) }
    #expect(error?.reason == "target-too-small")
  }
}
