import Tensors
import Testing

/// Checkpoints in several files, through the program.
@Suite struct SplitTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let whole = checkout("Formats/GGUF/Fixtures/valid/06-every-ggml-type.exact.gguf")

  @Test func filesOfAGGUFAreMergedToTheSameBytes() throws {
    let out = folder.path + "/out"
    let made = try Program.run(
      "convert", "--generic", whole, "-o", out, "--split-max-tensors", "20")
    #expect(made.status == 0, "\(made.errors)")
    let files = try names(in: out).filter { $0.hasSuffix(".gguf") }
    #expect(files.first == "model-copy-00001-of-0000\(files.count).gguf")
    #expect(files.count > 1)
    #expect(try Program.run("verify", out, "--rederive", whole).status == 0)
    let merged = folder.path + "/merged.gguf"
    #expect(try Program.run("convert", "--generic", out, "-o", merged).status == 0)
    #expect(try readFile(merged) == readFile(whole))
  }

  @Test func filesAreKept() throws {
    let out = folder.path + "/out"
    let kept = folder.path + "/kept"
    #expect(
      try Program.run("convert", "--generic", whole, "-o", out, "--split-max-size", "1Ki").status
        == 0)
    #expect(try Program.run("convert", "--generic", out, "-o", kept, "--keep-split").status == 0)
    let files = try names(in: out).filter { $0.hasSuffix(".gguf") }
    #expect(files.count > 1)
    #expect(try names(in: kept).filter { $0.hasSuffix(".gguf") } == files)
    for name in files {
      #expect(try readFile(kept + "/" + name) == readFile(out + "/" + name), "\(name)")
    }
  }

  @Test func anIndexLinksFilesOfSafetensors() throws {
    let types = checkout("Formats/Safetensors/Fixtures/valid")
    let name = try #require(try names(in: types).first { $0.contains("every-dtype") })
    let out = folder.path + "/out"
    let made = try Program.run(
      "convert", "--generic", types + "/" + name, "-o", out, "--split-max-tensors", "5")
    #expect(made.status == 0, "\(made.errors)")
    let files = try names(in: out)
    #expect(files.contains("model.safetensors.index.json"))
    #expect(files.contains { $0.hasPrefix("model-00002-of-") })
    let compared = try Program.run("diff", out, types + "/" + name)
    #expect(compared.status == 0, "\(compared.output)")
  }

  @Test func severalFilesUnderAFilesNameAreStatus2() throws {
    let outcome = try Program.run(
      "convert", "--generic", whole, "-o", folder.path + "/o.gguf", "--split-max-tensors", "1")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("[split-needs-folder]"))
    #expect(try names(in: folder.path).isEmpty)
  }

  @Test(arguments: [
    ["--split-max-size", "1M", "--keep-split"], ["--split-max-tensors", "0"],
    ["--split-max-size", "0"], ["--split-max-size", "many"],
  ])
  func flagsThatMakeNoSenseAreStatus2(flags: [String]) throws {
    let outcome = try Program.start(
      ["convert", "--generic", whole, "-o", folder.path + "/out"] + flags
    ).wait()
    #expect(outcome.status == 2)
  }
}
