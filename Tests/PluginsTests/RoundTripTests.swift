import Tensors
import Testing

@Suite("Any index survives layout and reading")
struct RoundTripTests {
  @Test("random indexes", arguments: Format.allCases, 0..<40)
  func randomIndexes(_ format: Format, _ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let index = try randomIndex(format, &random)
    let layout = try format.layout(of: index)
    expectCovered(layout, index.tensors)
    var read = try format.index(of: assemble(layout, data: []))
    #expect(read.tensors.map(\.offset) == layout.tensorOffsets)
    for position in read.tensors.indices { read.tensors[position].offset = 0 }
    #expect(read == index)
    #expect(try format.layout(of: read) == layout)
  }

  private func randomIndex(
    _ format: Format, _ random: inout SeededRandom
  ) throws -> ContainerIndex {
    var tensors: [TensorInfo] = []
    for position in 0..<Int.random(in: 0...12, using: &random) {
      let type = format.elementTypes.randomElement(using: &random)!
      var dimensions = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        Int.random(in: 0...3, using: &random)
      }
      if type.blockElementCount > 1 {
        let blocks = Int.random(in: 0...2, using: &random)
        dimensions = Array(dimensions.prefix(3)) + [blocks * type.blockElementCount]
      }
      let shape = try Shape(dimensions)
      tensors.append(
        TensorInfo(
          name: randomText(&random, 1...20) + "\(position)", elementType: type, shape: shape,
          offset: 0, byteCount: try type.byteCount(of: shape), indexInFile: position))
    }
    let metadata = (0..<Int.random(in: 0...6, using: &random)).map { position in
      let value =
        format == .safetensors ? .string(randomText(&random, 0...40)) : randomValue(&random)
      return MetadataEntry("key.\(position)", value)
    }
    return ContainerIndex(tensors: tensors, metadata: metadata)
  }

  private func randomText(_ random: inout SeededRandom, _ counts: ClosedRange<Int>) -> String {
    let scalars: [Unicode.Scalar] = ["a", "Z", ".", "\"", "\\", "/", "\n", "\u{1F}", "\u{7F}", "é"]
    let count = Int.random(in: counts, using: &random)
    return (0..<count).reduce(into: "") { text, _ in
      text.unicodeScalars.append(scalars.randomElement(using: &random)!)
    }
  }

  private func randomValue(_ random: inout SeededRandom) -> MetadataValue {
    let bits = random.next()
    let numbers = (0..<Int(bits % 5)).map { _ in random.next() }
    switch bits >> 32 % 16 {
    case 0: return .uint8(UInt8(truncatingIfNeeded: bits))
    case 1: return .int16(Int16(truncatingIfNeeded: bits))
    case 2: return .uint32(UInt32(truncatingIfNeeded: bits))
    case 3: return .int64(Int64(truncatingIfNeeded: bits))
    case 4: return .float32(Float(bits))
    case 5: return .float64(Double(bits))
    case 6: return .bool(bits & 1 == 1)
    case 7: return .array(.bool(numbers.map { $0 & 1 == 1 }))
    case 8: return .array(.int8(numbers.map { Int8(truncatingIfNeeded: $0) }))
    case 9: return .array(.uint16(numbers.map { UInt16(truncatingIfNeeded: $0) }))
    case 10: return .array(.int32(numbers.map { Int32(truncatingIfNeeded: $0) }))
    case 11: return .array(.uint64(numbers))
    case 12: return .array(.float32(numbers.map { Float($0) }))
    case 13: return .array(.float64(numbers.map { Double($0) }))
    case 14: return .array(.string(numbers.map { _ in randomText(&random, 0...30) }))
    default: return .string(randomText(&random, 0...300))
    }
  }
}

extension Format {
  /// Every element type that the format holds.
  var elementTypes: [ElementType] {
    ElementType.allCases.filter { type in
      let row = type.blockElementCount
      guard let shape = try? Shape([row]) else { return false }
      let tensor = TensorInfo(
        name: "a", elementType: type, shape: shape, offset: 0, byteCount: type.blockByteCount)
      return (try? layout(of: ContainerIndex(tensors: [tensor], metadata: []))) != nil
    }
  }
}
