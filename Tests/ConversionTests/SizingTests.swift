import Dialects
import Encodings
import Recipes
import Tensors
import Testing

@testable import Conversion

/// Types chosen for a size, on made-up models.
@Suite struct SizingTests {
  private let source: Checkpoint

  init() throws {
    source = try checkpoint([
      TestTensor("blk.0.attn_q.weight", [32, 256], seed: 1),
      TestTensor("blk.0.attn_norm.weight", [256], seed: 2),
      TestTensor("blk.0.ffn_down.weight", [64, 512], seed: 3),
      TestTensor("blk.0.ffn_up.weight", [48, 96], seed: 4),
      TestTensor("output.weight", [100, 256], seed: 5),
    ])
  }

  private func choose(
    _ target: SizeTarget, _ source: Checkpoint? = nil, recipe yaml: String? = nil,
    format: TestFormat = TestFormat(), threads: Int = 1, importance: ImportanceMatrix? = nil,
    references: [Recipe] = []
  ) throws -> (SizedRecipe, Plan) {
    let source = source ?? self.source
    let base = try ConversionTests.recipe(
      yaml ?? "encoding: Q8_0\nfallback: [F16]\nrules: [{maximum-rank: 1, encoding: keep}]")
    let options = ConversionOptions(threadCount: threads)
    let output = OutputTarget.file(path: "nowhere.test")
    let sized = try SizeChooser(
      source, base: base, references: references, format: format, options: options,
      programVersion: "0", importance: importance
    ).choose(target, for: output)
    let plan = try Planner(
      source, recipe: sized.recipe, format: format, options: options, programVersion: "0",
      importance: importance
    ).plan(for: output)
    return (sized, plan)
  }

  private func fileByteCount(_ plan: Plan) -> Int { plan.files.reduce(0) { $0 + $1.byteCount } }

  @Test(arguments: [1, 64, 4096]) func aFileIsNeverLargerThanWished(alignment: Int) throws {
    let format = TestFormat(alignment: alignment, trailer: [1, 2, 3])
    let (_, whole) = try choose(.fileByteCount(Int.max), format: format)
    var lastHarm = Double.infinity
    var fitting = 0
    for size in stride(from: 8000, through: fileByteCount(whole), by: 7919) {
      do {
        let (sized, plan) = try choose(.fileByteCount(size), format: format)
        #expect(fileByteCount(plan) <= size)
        #expect(sized.harm <= lastHarm || alignment > 1)
        lastHarm = sized.harm
        fitting += 1
      } catch let error as ModelError {
        #expect(error.reason == "target-too-small" && fitting == 0)
      }
    }
    #expect(fitting > 10)
  }

  @Test func bitsPerElementAreThoseOfThePlan() throws {
    for bits in [3.6, 4.5, 5.25, 8, 16, 32] {
      let (_, plan) = try choose(.bitsPerElement(bits))
      #expect(plan.bitsPerElement <= bits)
      #expect(plan.bitsPerElement > bits - 0.6)
    }
  }

  @Test func roomForEverythingChangesNothing() throws {
    let (sized, plan) = try choose(.fileByteCount(1 << 40))
    #expect(sized.harm == 0)
    #expect(plan.tensors.allSatisfy { $0.outcome == .exact })
  }

  @Test func tooSmallATargetIsRefused() throws {
    let error = failure { _ = try choose(.fileByteCount(1000)) }
    #expect(error?.code == .refused && error?.reason == "target-too-small")
    #expect(failure { _ = try choose(.bitsPerElement(1)) }?.reason == "target-too-small")
  }

  @Test func neverWorseThanAUniformRecipeOfTheSameSize() throws {
    for type in ["Q2_K", "Q3_K", "IQ4_XS", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "F16"] {
      let yaml =
        "encoding: \(type)\nfallback: [Q5_0]\nrules: [{maximum-rank: 1, encoding: keep}]"
      let uniform = try ConversionTests.recipe(yaml)
      let plan = try Planner(
        source, recipe: uniform, format: TestFormat(), options: ConversionOptions(),
        programVersion: "0"
      ).plan(for: .file(path: "nowhere.test"))
      let (sized, _) = try choose(.fileByteCount(fileByteCount(plan)), references: [uniform])
      var harm = 0.0
      for tensor in sized.tensors {
        let chosen = plan.tensors.first { $0.name == tensor.source.name }?.elementType
        let candidate = try #require(tensor.candidates.first { $0.elementType == chosen })
        harm += Double(tensor.source.shape.elementCount) * candidate.relativeSquaredError
      }
      #expect(sized.harm <= harm)
    }
  }

  @Test func threadsDecideNothing() throws {
    let alone = try choose(.fileByteCount(60_000), threads: 1).0
    for threads in [2, 3, 8] {
      let together = try choose(.fileByteCount(60_000), threads: threads).0
      #expect(together.recipe == alone.recipe)
      #expect(together.tensors == alone.tensors)
    }
  }

  @Test func whatTheRecipeKeepsIsKept() throws {
    let (sized, _) = try choose(.fileByteCount(60_000))
    #expect(sized.tensors[1].candidates.map(\.elementType) == [.F32])
    let all = try choose(
      .fileByteCount(130_000),
      recipe: "encoding: Q8_0\nfallback: [F16]\nrules: [{match: output.weight, encoding: keep}]"
    )
    #expect(all.0.tensors[4].chosen.elementType == .F32)
  }

  @Test func whatTheCommandLineSaysIsDone() throws {
    var overrides = RecipeOverrides()
    overrides.outputTensorType = .Q5_1
    let base = try ConversionTests.recipe("encoding: Q8_0\nfallback: [F16]").applying(overrides)
    let sized = try SizeChooser(
      source, base: base, format: TestFormat(), options: ConversionOptions(), programVersion: "0"
    ).choose(.fileByteCount(100_000), for: .file(path: "nowhere.test"))
    #expect(sized.tensors[4].candidates.map(\.elementType) == [.Q5_1])
    #expect(sized.tensors[4].chosen.relativeSquaredError > 0)
  }

  @Test func aPackedSourceStaysAsItIs() throws {
    let bytes = [UInt8](repeating: 0, count: 34 * 8)
    let packed = try checkpoint([
      TestTensor("a.weight", .Q8_0, [1, 256], bytes), TestTensor("b.weight", [64, 256]),
    ])
    let (sized, plan) = try choose(.fileByteCount(20_000), packed)
    #expect(sized.tensors[0].candidates.map(\.elementType) == [.Q8_0])
    #expect(plan.tensors[0].outcome == .exact)
    let allowed = try choose(
      .fileByteCount(20_000), packed, recipe: "encoding: Q8_0\nallow-requantize: true")
    #expect(allowed.0.tensors[0].candidates.count > 3)
  }

  @Test func shapesLimitTheTypes() throws {
    let (sized, _) = try choose(.fileByteCount(60_000))
    let types = Set(sized.tensors[3].candidates.map(\.elementType))
    #expect(types.isSuperset(of: [.Q4_0, .Q5_1, .Q8_0, .F16, .F32]))
    #expect(types.isDisjoint(with: [.Q4_K, .Q6_K, .IQ4_XS]))
  }

  @Test func weightsDecideWhatIsMeasured() throws {
    // Only the first column matters.
    let values = floats(8 * 256, seed: 9)
    let model = try checkpoint([TestTensor("a.weight", .F32, [8, 256], floatBytes(values))])
    let weights = [Float(1)] + [Float](repeating: 0, count: 255)
    let matrix = try importance([("a.weight", weights)])
    let meter = try TypeMeter(model, model.tensors[0], importance: matrix)
    let measured = try meter.measure([ElementType.Q8_0])
    let codec = try #require(EncodingTable.named("Q8_0"))
    var decoded = [Float](repeating: 0, count: values.count)
    var blocks = [UInt8](repeating: 0, count: values.count / 32 * 34)
    values.withUnsafeBufferPointer { values in
      blocks.withUnsafeMutableBytes { codec.encode(values, into: $0) }
    }
    decoded.withUnsafeMutableBufferPointer { decoded in
      blocks.withUnsafeBytes { codec.decode($0, into: decoded) }
    }
    var error = 0.0
    var reference = 0.0
    for index in stride(from: 0, to: values.count, by: 256) {
      let difference = Double(decoded[index]) - Double(values[index])
      error += difference * difference
      reference += Double(values[index]) * Double(values[index])
    }
    #expect(error > 0)
    #expect(measured == [error / reference])
  }

  @Test func weightsThatAreAllZeroCountAlike() throws {
    let zeros = try importance([("blk.0.attn_q.weight", [Float](repeating: 0, count: 256))])
    let weighted = try TypeMeter(source, source.tensors[0], importance: zeros).measure([.Q8_0])
    let plain = try TypeMeter(source, source.tensors[0], importance: nil).measure([.Q8_0])
    #expect(weighted == plain)
  }

  @Test func smallTensorsAreMeasuredAsTheConversionDoes() throws {
    let (sized, _) = try choose(.fileByteCount(60_000))
    for tensor in sized.tensors where tensor.candidates.count > 1 {
      guard let candidate = tensor.candidates.first(where: { $0.elementType == .Q4_0 }),
        let codec = EncodingTable.named("Q4_0")
      else { continue }
      var bytes = [UInt8](repeating: 0, count: tensor.source.byteCount)
      try bytes.withUnsafeMutableBytes { try source.read(tensor.source, offset: 0, into: $0) }
      var blocks = [UInt8](repeating: 0, count: candidate.byteCount)
      let sums = bytes.withUnsafeBytes { bytes in
        blocks.withUnsafeMutableBytes { blocks in
          bytes.withMemoryRebound(to: Float.self) { codec.encodeMeasuring($0, into: blocks) }
        }
      }
      let ratio = sums.sumOfSquaredError / sums.sumOfSquaredReference
      #expect(abs(candidate.relativeSquaredError - ratio) <= 1e-12 * ratio)
    }
  }

  @Test func aTypeInWhichValuesOverflowIsNotChosen() throws {
    let model = try checkpoint([
      TestTensor("a.weight", .F32, [2, 256], floatBytes([Float](repeating: 1e9, count: 512)))
    ])
    let (sized, _) = try choose(.fileByteCount(1100), model)
    let types = sized.tensors[0].candidates.map(\.elementType)
    #expect(types.contains(.BF16) && !types.contains(.F16))
  }

  @Test func valuesThatAreNotFiniteCountAsZero() throws {
    var values = floats(512)
    values[3] = .nan
    values[300] = .infinity
    let model = try checkpoint([TestTensor("a.weight", .F32, [2, 256], floatBytes(values))])
    values[3] = 0
    values[300] = 0
    let clean = try checkpoint([TestTensor("a.weight", .F32, [2, 256], floatBytes(values))])
    #expect(
      try TypeMeter(model, model.tensors[0], importance: nil).measure([.Q4_K])
        == TypeMeter(clean, clean.tensors[0], importance: nil).measure([.Q4_K]))
  }

  @Test func aModelWithoutElementsHasNothingToChoose() throws {
    let empty = try checkpoint([TestTensor("a.weight", .F32, [0, 256], [])])
    let (sized, plan) = try choose(.fileByteCount(8), empty)
    #expect(sized.harm == 0 && fileByteCount(plan) == 8)
  }

  @Test func aCancelledMeasurementSaysSo() throws {
    let error = failure {
      _ = try SizeChooser(
        source, base: ConversionTests.recipe("encoding: Q8_0\nfallback: [F16]"),
        format: TestFormat(), options: ConversionOptions(), programVersion: "0",
        events: Converter.Events(isCancelled: { true })
      ).choose(.fileByteCount(60_000), for: .file(path: "nowhere.test"))
    }
    #expect(error?.code == .cancelled)
  }

  @Test func aLargeTensorIsSampledAtEqualDistances() throws {
    let sample = RowSample(try Shape([1 << 20, 4, 512]))
    #expect(sample.rowCount == 2048 && sample.columnCount == 512)
    #expect(sample.row(0) == 0 && sample.row(1) == 2048 && sample.row(2047) == 2047 * 2048)
    let odd = RowSample(try Shape([3001, 1000]))
    #expect(odd.rowCount == 1048 && odd.row(1047) == 2998)
    let long = RowSample(try Shape([2, 1 << 40]))
    #expect(long.rowCount == 1 && long.columnCount == 1 << 20)
    #expect(RowSample(try Shape([0, 256])).elementCount == 0)
    #expect(RowSample(try Shape([256, 0])).elementCount == 0)
    #expect(RowSample(.scalar).elementCount == 1)
  }
}
