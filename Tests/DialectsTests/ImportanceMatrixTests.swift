import Tensors
import Testing

@testable import Dialects

private let noDigest = [UInt8](repeating: 0, count: 32).withUnsafeBytes { Digest(first32: $0) }

private func failure(_ body: () throws -> Void) -> ModelError? {
  do {
    try body()
    return nil
  } catch {
    return error as? ModelError
  }
}

private func bytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

private func i32(_ value: Int32) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

@Suite struct ImportanceGGUFTests {
  private static let metadata = [
    MetadataEntry("general.type", .string("imatrix")),
    MetadataEntry("imatrix.datasets", .array(.string(["texts/wiki.txt", "b"]))),
    MetadataEntry("imatrix.chunk_count", .uint32(7)),
    MetadataEntry("imatrix.chunk_size", .uint32(512)),
  ]

  private func read(
    _ tensors: [(String, [Int], [Float])], metadata: [MetadataEntry] = metadata,
    type: ElementType = .F32, selection: ImportanceMatrix.Selection = .init(),
    memoryLimit: Int? = nil
  ) throws -> ImportanceMatrix {
    var data: [UInt8] = []
    var infos: [TensorInfo] = []
    for (name, dimensions, values) in tensors {
      let shape = try Shape(dimensions)
      infos.append(
        TensorInfo(
          name: name, elementType: type, shape: shape, offset: data.count,
          byteCount: try type.byteCount(of: shape)))
      data += bytes(values)
    }
    let container = ContainerIdentity(
      id: "gguf", version: "1", libraryPath: nil, extensions: ["gguf"])
    let file = Checkpoint.File(
      name: "m.gguf", source: MemoryByteSource(data), container: container)
    return try ImportanceMatrix(
      Checkpoint(files: [file], tensors: infos, metadata: metadata), name: "some/where/m.gguf",
      sha256: noDigest, selection: selection, memoryLimit: memoryLimit)
  }

  @Test func sumsAreDividedByEachExpertsCount() throws {
    let matrix = try read([
      ("a.in_sum2", [2, 3], [3, 6, 9, 4, 8, 10]), ("a.counts", [2, 1], [3, 4]),
      ("a.in_sum", [2, 3], [.nan, 0, 0, 0, 0, 0]),
    ])
    #expect(matrix.weights(for: "a") == [1, 2, 3, 1, 2, 2.5])
    #expect(matrix.weights(for: "b") == nil)
    #expect(matrix.entryCount == 1)
    #expect(matrix.unseenExperts.isEmpty)
  }

  @Test func anExpertThatWasNeverReachedHasOnesAndIsNamed() throws {
    let matrix = try read([
      ("a.in_sum2", [2, 2], [5, 5, 2, 4]), ("a.counts", [2, 1], [0, 2]),
    ])
    #expect(matrix.weights(for: "a") == [1, 1, 1, 2])
    #expect(matrix.unseenExperts == [.init(tensor: "a", expert: 0)])
  }

  @Test func aLimitOfMemoryIsHeldToTheByte() throws {
    let tensors: [(String, [Int], [Float])] = [
      ("a.in_sum2", [2, 3], [3, 6, 9, 4, 8, 10]), ("a.counts", [2, 1], [3, 4]),
      ("bc.in_sum2", [4], [1, 1, 1, 1]), ("bc.counts", [1], [1]),
    ]
    let whole = try read(tensors)
    #expect(whole.byteCount == 4 * (6 + 4) + 3 + 2 * 192)
    // Besides, counts may turn out to be 0, and then the experts are remembered.
    let needed = whole.byteCount + 3 * 32
    #expect(try read(tensors, memoryLimit: needed).entryCount == 2)
    // The weights are not even looked at.
    let broken = [("a.in_sum2", [2, 3], [Float](repeating: .nan, count: 6))] + tensors.dropFirst()
    let error = failure { _ = try read(broken, memoryLimit: needed - 1) }
    #expect(error?.code == .limitExceeded && error?.reason == "memory-limit")
    #expect(error?.message.contains("takes \(needed) bytes") == true)
    #expect(error?.message.contains("leaves \(needed - 1) for it") == true)
    let selection = ImportanceMatrix.Selection(include: ["bc"]) { $0 == "bc" }
    #expect(try read(broken, selection: selection, memoryLimit: 300).entryCount == 1)
  }

  @Test func countsAreRoundedHalvesAwayFromZero() throws {
    let matrix = try read([("a.in_sum2", [1], [9]), ("a.counts", [1], [2.5])])
    #expect(matrix.weights(for: "a") == [3])
  }

  @Test func namesLoseTheirFolders() throws {
    let matrix = try read([("a.in_sum2", [1], [9]), ("a.counts", [1], [1])])
    #expect(matrix.name == "m.gguf")
    #expect(matrix.datasets == ["wiki.txt", "b"])
    #expect(matrix.chunkCount == 7)
  }

  @Test func entriesThatAreNotSelectedAreNotEvenChecked() throws {
    let matrix = try read(
      [("a.in_sum2", [1], [.nan]), ("b.in_sum2", [1], [2]), ("b.counts", [1], [1])],
      selection: .init(exclude: ["a"]) { $0 != "a" })
    #expect(matrix.entryCount == 1)
    #expect(matrix.weights(for: "b") == [2])
  }

  @Test(
    arguments: [
      ([("a.in_sum2", [1], [1])], "importance-pair"),
      ([("a.counts", [1], [1])], "importance-pair"),
      ([("a.in_sum2", [3], [1, 1, 1]), ("a.counts", [2], [1, 1])], "importance-shape"),
      ([("a.in_sum2", [1], [1]), ("a.counts", [0], [])], "importance-shape"),
      ([("a.in_sum2", [0], []), ("a.counts", [1], [1])], "importance-shape"),
      ([("a.in_sum2", [1], [1]), ("a.counts", [1], [-1])], "importance-count"),
      ([("a.in_sum2", [1], [1]), ("a.counts", [1], [.nan])], "importance-count"),
      ([("a.in_sum2", [1], [1]), ("a.counts", [1], [.infinity])], "importance-count"),
      ([("a.in_sum2", [1], [-1]), ("a.counts", [1], [1])], "importance-value"),
      ([("a.in_sum2", [1], [.nan]), ("a.counts", [1], [1])], "importance-value"),
      ([("a.in_sum2", [1], [.infinity]), ("a.counts", [1], [1])], "importance-value"),
      ([], "importance-empty"),
      ([("a.weight", [1], [1])], "importance-empty"),
    ] as [([(String, [Int], [Float])], String)])
  func whatDoesNotAddUpIsMalformed(
    tensors: [(String, [Int], [Float])], reason: String
  ) {
    let error = failure { _ = try read(tensors) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == reason)
    #expect(error?.context.file == "some/where/m.gguf")
  }

  @Test func otherNumbersThanF32AreMalformed() {
    let error = failure {
      _ = try read([("a.in_sum2", [1], [1]), ("a.counts", [1], [1])], type: .I32)
    }
    #expect(error?.reason == "importance-type")
  }

  @Test func aModelIsNoImportanceMatrix() {
    var metadata = Self.metadata
    metadata[0].value = .string("model")
    let error = failure { _ = try read([], metadata: metadata) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "not-an-importance-matrix")
  }

  @Test(arguments: 1...3) func everyKeyIsNeeded(index: Int) {
    var metadata = Self.metadata
    metadata.remove(at: index)
    #expect(failure { _ = try read([], metadata: metadata) }?.reason == "importance-metadata")
  }

  @Test func weightsHaveToFitTheTensor() throws {
    let matrix = try read([
      ("blk.0.ffn_up_exps.weight.in_sum2", [2, 4], [Float](repeating: 1, count: 8)),
      ("blk.0.ffn_up_exps.weight.counts", [2], [1, 1]),
    ])
    let name = "blk.0.ffn_up_exps.weight"
    #expect(try matrix.weights(for: name, shape: Shape([2, 9, 4]))?.count == 8)
    #expect(try matrix.weights(for: "other", shape: Shape([2, 9, 4])) == nil)
    let error = failure { _ = try matrix.weights(for: name, shape: Shape([9, 4])) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "importance-size")
    #expect(error?.context.tensor == name)
    #expect(error?.message.contains("8 weights") == true)
    #expect(error?.message.contains("takes 4") == true)
  }

  @Test func aTokenEmbeddingOfAnotherSizeHasNoEntry() throws {
    let matrix = try read([
      ("token_embd.weight.in_sum2", [3], [1, 1, 1]), ("token_embd.weight.counts", [1], [1]),
    ])
    #expect(try matrix.weights(for: "token_embd.weight", shape: Shape([5, 4])) == nil)
    #expect(try matrix.weights(for: "token_embd.weight", shape: Shape([5, 3])) == [1, 1, 1])
  }
}

@Suite struct ImportanceLegacyTests {
  private static func entry(_ name: String, calls: Int32, _ values: [Float]) -> [UInt8] {
    i32(Int32(name.utf8.count)) + Array(name.utf8) + i32(calls) + i32(Int32(values.count))
      + bytes(values)
  }

  private static let whole =
    i32(2) + entry("a", calls: 2, [2, 4]) + entry("b", calls: 0, [3]) + i32(5) + i32(6)
    + Array("x/cal\0".utf8)

  private func read(_ bytes: [UInt8], memoryLimit: Int? = nil) throws -> ImportanceMatrix {
    try ImportanceMatrix(
      legacy: MemoryByteSource(bytes), name: "m.dat", sha256: noDigest, memoryLimit: memoryLimit)
  }

  @Test func aLimitOfMemoryIsHeldToTheByte() throws {
    let needed = 4 * 3 + 2 + 2 * 192
    #expect(try read(Self.whole, memoryLimit: needed).byteCount == needed)
    // The weights are not even looked at.
    let broken = i32(2) + Self.entry("a", calls: 2, [.nan, 4]) + Self.entry("b", calls: 0, [3])
    let error = failure { _ = try read(broken, memoryLimit: needed - 1) }
    #expect(error?.code == .limitExceeded && error?.reason == "memory-limit")
    #expect(error?.message.contains("takes \(needed) bytes") == true)
    #expect(error?.context.file == "m.dat")
  }

  @Test func valuesAreDividedByCallsIfThereAreAny() throws {
    let matrix = try read(Self.whole)
    #expect(matrix.weights(for: "a") == [1, 2])
    #expect(matrix.weights(for: "b") == [3])
    #expect(matrix.chunkCount == 5)
    #expect(matrix.datasets == ["cal"])
  }

  @Test func theEndIsOptional() throws {
    let matrix = try read(i32(1) + Self.entry("a", calls: 1, [1]))
    #expect(matrix.chunkCount == nil)
    #expect(matrix.datasets.isEmpty)
  }

  @Test func noPrefixTraps() {
    // The ends of the entries, of the chunk count and of the whole are where a file may end.
    let ends = [42, Self.whole.count - 10, Self.whole.count]
    for count in 0...Self.whole.count {
      let error = failure { _ = try read(Array(Self.whole.prefix(count))) }
      #expect((error == nil) == ends.contains(count), "\(count) bytes")
      if let error { #expect(error.reason == "truncated", "\(count) bytes") }
    }
  }

  @Test func noByteTraps() {
    for index in Self.whole.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var bytes = Self.whole
        bytes[index] = value
        if let error = failure({ _ = try read(bytes) }) {
          #expect(error.code == .malformed, "byte \(index) is \(value): \(error)")
        }
      }
    }
  }

  private static func joined(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }

  private static let broken: [([UInt8], String)] = [
    (i32(0), "importance-empty"),
    (i32(-1), "importance-count"),
    (i32(.max), "truncated"),
    (joined(i32(1), i32(-1)), "importance-count"),
    (joined(i32(1), i32(.max)), "truncated"),
    (joined(i32(1), entry("", calls: 1, [1])), "importance-name"),
    (
      joined(i32(1), entry(String(repeating: "a", count: 65_537), calls: 1, [1])),
      "importance-name"
    ),
    (joined(i32(1), i32(1), [0xFF], i32(1), i32(1), bytes([1])), "importance-name"),
    (joined(i32(1), i32(3), [65, 0, 65], i32(1), i32(1), bytes([1])), "importance-name"),
    (joined(i32(1), entry("a", calls: 1, [])), "importance-count"),
    (joined(i32(1), entry("a", calls: -1, [1])), "importance-count"),
    (joined(i32(1), i32(1), [65], i32(1), i32(.max)), "truncated"),
    (joined(i32(1), entry("a", calls: 1, [.nan])), "importance-value"),
    (joined(i32(1), entry("a", calls: 1, [-1])), "importance-value"),
    (joined(i32(2), entry("a", calls: 1, [1]), entry("a", calls: 1, [1])), "duplicate-tensor"),
    (joined(whole, [0]), "trailing-bytes"),
  ]

  @Test(arguments: broken)
  func whatDoesNotAddUpIsMalformed(bytes: [UInt8], reason: String) {
    let error = failure { _ = try read(bytes) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == reason)
    #expect(error?.context.file == "m.dat")
  }
}
