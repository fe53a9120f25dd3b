import Tensors
import Testing

/// What holds for the program whatever the command.
@Suite struct GeneralTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func versionIsOneLine() throws {
    let outcome = try Program.run("--version")
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: ".").count == 3)
    #expect(outcome.output.hasSuffix("\n"))
    #expect(outcome.errors.isEmpty)
  }

  @Test(arguments: [
    ["--help"], ["convert", "--help"], ["inspect", "--help"], ["diff", "--help"],
    ["verify", "--help"], ["publish", "--help"], ["recipe", "show", "--help"],
    ["plugin", "list", "--help"], ["registry", "verify", "--help"],
  ])
  func helpShowsTheExitStatuses(arguments: [String]) throws {
    let outcome = try Program.start(arguments).wait()
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("EXIT STATUS"))
    #expect(outcome.output.contains("130 interrupted"))
    #expect(outcome.errors.isEmpty)
  }

  @Test(arguments: [
    ["--no-such-flag"], ["no-such-command"], ["inspect"], ["convert", "--generic", "x"],
    ["convert", "--generic", "x", "-o", "y", "--threads", "0"],
    ["convert", "--generic", "x", "-o", "y", "--nonfinite", "no"],
    ["convert", "--generic", "x", "-o", "y", "--max-memory", "much"],
    ["convert", "--generic", "x", "-q", "Q8_0", "--recipe", "r"],
    ["verify", "x", "--sample", "5%"], ["verify", "x", "--rederive", "y", "--sample", "0"],
    ["inspect", "x", "--format", "xml"],
  ])
  func aUsageErrorIsStatus2AndSaysSoOnStderr(arguments: [String]) throws {
    let outcome = try Program.start(arguments).wait()
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(!outcome.errors.isEmpty)
  }

  @Test(arguments: ["inspect", "verify"]) func aFileThatIsNotThereIsStatus5(command: String) throws
  {
    let outcome = try Program.run(command, folder.path + "/none.gguf")
    #expect(outcome.status == 5)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("ingot: error: "))
    #expect(outcome.errors.contains("none.gguf"))
  }

  @Test(arguments: ["Safetensors", "GGUF"], [[], ["--no-isolate"]])
  func aMalformedFileIsStatus3WithItsReason(format: String, flags: [String]) throws {
    let invalid = checkout("Formats/\(format)/Fixtures/invalid")
    let all = try names(in: invalid).filter { $0.contains(".malformed.") }
    try #require(all.count > 10)
    // A few of each kind: every one starts a process.
    for index in stride(from: 0, to: all.count, by: max(1, all.count / 6)) {
      let name = all[index]
      let reason = name.split(separator: ".").dropLast().last.map(String.init) ?? ""
      // What has no magic is no format's.
      guard !["magic-missing", "file-too-short"].contains(reason) else { continue }
      let outcome = try Program.start(["inspect", invalid + "/" + name] + flags).wait()
      #expect(outcome.status == 3, "\(name): \(outcome.errors)")
      #expect(outcome.errors.contains("[\(reason)]"), "\(name): \(outcome.errors)")
    }
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    let status = folder.path + "/status"
    let outcome = try Program.shell(
      "{ sleep 0.3; \"$INGOT\" recipe show Q8_0; echo $? > '\(status)'; } | head -0")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    #expect(String(decoding: try readFile(status), as: UTF8.self) == "0\n")
  }

  @Test(arguments: ["recipe list", "--version", "--help", "plugin list --format json"])
  func aFullDiskUnderStdoutIsStatus5(command: String) throws {
    #expect(try Program.shell("\"$INGOT\" \(command) > /dev/full").status == 5)
  }

  @Test func aClosedStderrDoesNotStopTheProgram() throws {
    #expect(try Program.shell("\"$INGOT\" recipe list 2>&-").status == 0)
    #expect(try Program.shell("\"$INGOT\" inspect /none.gguf 2> /dev/full").status == 5)
  }

  @Test(arguments: [["NO_COLOR": "1"], ["NO_COLOR": ""], ["TERM": "dumb"], ["CLICOLOR_FORCE": "1"]])
  func textThatIsNoTerminalsHasNoEscapes(environment: [String: String]) throws {
    try writeModel(folder.path + "/m.safetensors")
    let out = folder.path + "/o.gguf"
    let outcome = try Program.run(
      "convert", "--generic", folder.path + "/m.safetensors", "-o", out, "-q", "Q8_0",
      environment: environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(!outcome.errors.contains("\u{1B}"))
    #expect(!outcome.errors.contains("\r"))
  }

  @Test func aKernelThatIsNotThereIsRefused() throws {
    try writeModel(folder.path + "/m.safetensors")
    let outcome = try Program.run(
      "convert", "--generic", folder.path + "/m.safetensors", "-o", folder.path + "/o.gguf",
      environment: ["INGOT_CPU": "bogus"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("[cpu-level]"))
    #expect(try names(in: folder.path) == ["m.safetensors"])
  }

  @Test func pluginsAreListed() throws {
    let outcome = try Program.run("plugin", "list", "--format", "json")
    #expect(outcome.status == 0, "\(outcome.output)")
    let json = try JSONValue.parse(Array(outcome.output.utf8))
    let ids = json["plugins"]?.array?.compactMap { $0["id"]?.string } ?? []
    #expect(Set(["gguf", "safetensors"]).isSubset(of: ids))
    let quiet = try Program.run("plugin", "list", "--format", "quiet")
    #expect(quiet.output.split(separator: "\n").map(String.init) == ids)
  }

  @Test func aLibraryThatIsNoPluginIsReported() throws {
    try writeFile(folder.path + "/libingot_broken.so", Array("no library".utf8))
    let outcome = try Program.run("plugin", "list", "--plugin-path", folder.path)
    #expect(outcome.status == 5)
    #expect(outcome.output.contains("refused: "))
    #expect(outcome.output.contains("libingot_broken.so"))
  }

  @Test func recipesAreListedAndShown() throws {
    let list = try Program.run("recipe", "list", "--format", "quiet")
    let presets = list.output.split(separator: "\n").map(String.init)
    #expect(presets.contains("Q8_0"))
    #expect(!presets.contains("gguf-base"))
    for preset in presets {
      let shown = try Program.run("recipe", "show", preset, "--format", "json")
      #expect(shown.status == 0)
      let json = try JSONValue.parse(Array(shown.output.utf8))
      #expect(json.object != nil)
    }
    #expect(try Program.run("recipe", "show", "Q8_0").output.contains("encoding: Q8_0"))
  }

  @Test func anUnknownRecipeListsThePresets() throws {
    let outcome = try Program.run("recipe", "show", "Q9_9")
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("Q8_0"))
  }
}
