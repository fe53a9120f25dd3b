import Tensors
import Testing

/// Importance matrices, through the program.
@Suite struct ImportanceTests {
  private let folder: TemporaryFolder
  private var model: String { folder.path + "/m.safetensors" }
  private var matrix: String { folder.path + "/weights.dat" }
  private var out: String { folder.path + "/o.gguf" }

  init() throws {
    folder = try TemporaryFolder()
    try writeModel(model)
    try writeFile(matrix, Self.entries([("up.weight", 32), ("down.weight", 32)]))
  }

  /// The older format: counts and lengths in 32 bits, then weights that fall from 32 to 1.
  private static func entries(_ entries: [(String, Int)]) -> [UInt8] {
    func i32(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var bytes = i32(entries.count)
    for (name, count) in entries {
      bytes += i32(name.utf8.count) + Array(name.utf8) + i32(1) + i32(count)
      bytes += (0..<count).map { Float(count - $0) }.withUnsafeBytes { Array($0) }
    }
    return bytes
  }

  private func plan(_ flags: String...) throws -> JSONValue {
    let outcome = try Program.start(
      [
        "convert", "--generic", model, "-o", out, "-q", "Q4_0", "--pure", "--dry-run", "--format",
        "json",
      ] + flags
    ).wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue.parse(Array(outcome.output.utf8))
  }

  @Test func anOutputIsMadeAgainWithTheMatrixItWasMadeWith() throws {
    let made = try Program.run(
      "convert", "--generic", model, "-o", out, "-q", "Q4_0", "--imatrix", matrix)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.errors.contains("2 entries; weights decide 1 tensors, 0 would use"))
    let verified = try Program.run("verify", out, "--rederive", model, "--imatrix", matrix)
    #expect(verified.status == 0, "\(verified.errors)\(verified.output)")
    let without = try Program.run("verify", out, "--rederive", model)
    #expect(without.status == 2)
    #expect(without.errors.contains("[importance-missing]"))
    let text = String(decoding: try readFile(out + ".ingot-manifest.json"), as: UTF8.self)
    #expect(text.contains("\"name\": \"weights.dat\""))
    #expect(!text.contains(folder.path))
  }

  @Test func entriesAreIncludedAndExcluded() throws {
    #expect(try plan("--imatrix", matrix)["importance"]?["entryCount"]?.integer == 2)
    let excluded = try plan("--imatrix", matrix, "--exclude-weights", "^up")["importance"]
    #expect(excluded?["entryCount"]?.integer == 1)
    #expect(excluded?["tensorsWithoutWeights"] == .array([.string("up.weight")]))
    let included = try plan("--imatrix", matrix, "--include-weights", "p.we")["importance"]
    #expect(included?["entryCount"]?.integer == 1)
    #expect(included?["tensorsWithoutWeights"] == .array([]))
  }

  @Test func aMatrixBeyondTheLimitOfMemoryIsStatus4() throws {
    try writeFile(matrix, Self.entries([("up.weight", 1 << 20)]))
    let outcome = try Program.run(
      "convert", "--generic", model, "-o", out, "-q", "Q4_0", "--imatrix", matrix, "--max-memory",
      "50MiB")
    #expect(outcome.status == 4, "\(outcome.errors)")
    #expect(outcome.errors.contains("[memory-limit]"))
    #expect(outcome.errors.contains("--max-memory leaves \(2 << 20) for it"))
  }

  @Test func anotherModelsMatrixIsStatus2() throws {
    try writeFile(matrix, Self.entries([("up.weight", 31)]))
    let outcome = try Program.run(
      "convert", "--generic", model, "-o", out, "-q", "Q4_0", "--imatrix", matrix)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("[importance-size]"))
  }

  @Test func aModelAsMatrixIsStatus2() throws {
    #expect(try Program.run("convert", "--generic", model, "-o", out, "-q", "F16").status == 0)
    let outcome = try Program.run(
      "convert", "--generic", model, "-o", folder.path + "/p.gguf", "-q", "Q4_0", "--imatrix", out)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("[not-an-importance-matrix]"))
  }

  @Test func aTruncatedMatrixIsStatus3() throws {
    try writeFile(matrix, Array(Self.entries([("up.weight", 32)]).dropLast()))
    let outcome = try Program.run(
      "convert", "--generic", model, "-o", out, "-q", "Q4_0", "--imatrix", matrix)
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("[truncated]"))
    #expect(try names(in: folder.path) == ["m.safetensors", "weights.dat"])
  }

  @Test(arguments: [
    ["--include-weights", "a"], ["--exclude-weights", "a"],
    ["--imatrix", "m", "--include-weights", "a", "--exclude-weights", "b"],
  ])
  func flagsThatMakeNoSenseAreStatus2(flags: [String]) throws {
    let outcome = try Program.start(["convert", "--generic", model, "-o", out] + flags).wait()
    #expect(outcome.status == 2)
  }
}
