import Tensors
import Testing

/// Sizes by wish, through the program.
@Suite struct SizeTests {
  private let folder: TemporaryFolder
  private var model: String { folder.path + "/m.safetensors" }
  private var out: String { folder.path + "/o.gguf" }
  private var recipe: String { folder.path + "/r.yaml" }

  init() throws {
    folder = try TemporaryFolder()
    try writeModel(model, rows: 64, columns: 256)
  }

  @Test(arguments: [9000, 12_000, 20_000]) func theFileIsNotLarger(size: Int) throws {
    let made = try Program.run("convert", "--generic", model, "-o", out, "--target-size", "\(size)")
    #expect(made.status == 0, "\(made.errors)")
    #expect(try readFile(out).count <= size)
    #expect(made.errors.contains("chosen for size: 1 "))
    let verified = try Program.run("verify", out, "--rederive", model)
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test func bitsPerElementAreNotMore() throws {
    let plan = try Program.run(
      "convert", "--generic", model, "-o", out, "--target-bpw", "4.6", "--dry-run", "--format",
      "json")
    #expect(plan.status == 0, "\(plan.errors)")
    let lines = plan.output.split(separator: "\n").filter { !$0.contains("\"progress\"") }
    let events = try lines.map { try JSONValue.parse(Array($0.utf8)) }
    let sizing = try #require(events.first { $0["event"]?.string == "sizing" })
    let tensor = try #require(sizing["tensors"]?.array?.first)
    #expect(tensor["name"]?.string == "up.weight")
    #expect((tensor["candidates"]?.array?.count ?? 0) > 10)
    #expect(sizing["recipe"]?.string?.contains("\"up.weight\"") == true)
    let planned = try #require(events.first { $0["event"]?.string == "plan" })
    #expect((planned["bitsPerElement"]?.double ?? 99) <= 4.6)
  }

  @Test func theRecipeThatIsWrittenMakesTheSameFile() throws {
    let made = try Program.run(
      "convert", "--generic", model, "-o", out, "--target-size", "12kB", "--write-recipe", recipe)
    #expect(made.status == 0, "\(made.errors)")
    let again = folder.path + "/again.gguf"
    let second = try Program.run("convert", "--generic", model, "-o", again, "--recipe", recipe)
    #expect(second.status == 0, "\(second.errors)")
    #expect(try readFile(again) == readFile(out))
    let third = try Program.run(
      "convert", "--generic", model, "-o", folder.path + "/third.gguf", "--target-size", "12kB",
      "--write-recipe", recipe)
    #expect(third.status == 4)
    #expect(third.errors.contains("[output-exists]"))
  }

  @Test func aDryRunShowsTypesAndErrors() throws {
    let plan = try Program.run(
      "convert", "--generic", model, "-o", out, "--target-size", "9000000TB", "--dry-run")
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("relative error"))
    #expect(try names(in: folder.path) == ["m.safetensors"])
  }

  @Test func aMethodIsTakenWhereItCan() throws {
    let searched = try Program.run(
      "convert", "--generic", model, "-o", out, "--target-bpw", "4.6", "--method", "search",
      "--dry-run")
    #expect(searched.status == 0, "\(searched.errors)")
    #expect(searched.output.contains("method"))
    let halves = try Program.run(
      "convert", "--generic", model, "-o", out, "--target-bpw", "17", "--method", "four-over-six",
      "--dry-run")
    #expect(halves.status == 0, "\(halves.errors)")
    #expect(halves.errors.contains("note: four-over-six is for none of the types chosen"))
  }

  @Test func tooSmallATargetIsStatus4() throws {
    let outcome = try Program.run("convert", "--generic", model, "-o", out, "--target-size", "2kB")
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("[target-too-small]"))
    #expect(try names(in: folder.path) == ["m.safetensors"])
  }

  @Test(arguments: [
    ["--target-size", "1GB", "--target-bpw", "4"], ["--target-bpw", "0"], ["--target-bpw", "nan"],
    ["--target-bpw", "-1"], ["--target-bpw", "65"], ["--target-size", "x"],
    ["--write-recipe", "r.yaml"],
  ])
  func wishesThatMakeNoSenseAreStatus2(flags: [String]) throws {
    let outcome = try Program.start(["convert", "--generic", model, "-o", out] + flags).wait()
    #expect(outcome.status == 2)
  }
}
