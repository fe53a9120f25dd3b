import Glibc
import Tensors
import Testing

@Suite struct ConvertTests {
  private let folder: TemporaryFolder
  private var model: String { folder.path + "/m.safetensors" }

  init() throws {
    folder = try TemporaryFolder()
    try writeModel(model)
  }

  private func lines(_ outcome: Program.Outcome) throws -> [JSONValue] {
    try outcome.output.split(separator: "\n").map { try JSONValue.parse(Array($0.utf8)) }
  }

  @Test func aFileIsConvertedVerifiedRederivedAndCompared() throws {
    let out = folder.path + "/o.gguf"
    let made = try Program.run("convert", "--generic", model, "-o", out, "-q", "Q8_0")
    #expect(made.status == 0, "\(made.errors)")
    #expect(
      try names(in: folder.path)
        == ["m.safetensors", "o.gguf", "o.gguf.ingot-manifest.json", "o.gguf.sha256"])
    let verified = try Program.run("verify", out, "--rederive", model)
    #expect(verified.status == 0, "\(verified.errors)\(verified.output)")
    #expect(verified.output.contains("recomputed from the source"))
    let compared = try Program.run("diff", model, out)
    #expect(compared.status == 1, "the numbers of Q8_0 differ")
    #expect(try Program.run("diff", out, out).status == 0)
  }

  @Test func sha256sumAgrees() throws {
    #expect(
      try Program.run("convert", "--generic", model, "-o", folder.path + "/out", "-q", "F16").status
        == 0)
    let outcome = try Program.shell("cd '\(folder.path)/out' && sha256sum --strict -c SHA256SUMS")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(arguments: ["Safetensors", "GGUF"]) func fixturesAreCopiedBitForBit(format: String) throws {
    let ending = format.lowercased()
    let valid = checkout("Formats/\(format)/Fixtures/valid")
    for name in try names(in: valid) where name.contains(".exact.") {
      let out = folder.path + "/copy.\(ending)"
      let made = try Program.run("convert", "--generic", valid + "/" + name, "-o", out, "--force")
      #expect(made.status == 0, "\(name): \(made.errors)")
      #expect(try readFile(out) == readFile(valid + "/" + name), "\(name)")
    }
  }

  @Test func jsonLinesSayPlanProgressAndDone() throws {
    let outcome = try Program.run(
      "convert", "--generic", model, "-o", folder.path + "/o.gguf", "-q", "Q8_0", "--format", "json"
    )
    let events = try lines(outcome)
    #expect(events.first?["event"] == .string("plan"))
    #expect(events.last?["event"] == .string("done"))
    #expect(events.dropFirst().dropLast().allSatisfy { $0["event"] == .string("progress") })
    #expect(outcome.errors.isEmpty)
    #expect(events.last?["outcomes"]?["requantized"]?.integer == 1)
  }

  @Test func aMethodSaysByHowMuchItIsBetterThanNearest() throws {
    try writeModel(model, rows: 3, columns: 64)
    let out = folder.path + "/o.gguf"
    let flags = ["convert", "--generic", model, "-o", out, "-q", "Q4_0", "--pure", "--force"]
    let outcome = try Program.start(flags + ["--method", "search"]).wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let line = outcome.output.split(separator: "\n").first { $0.hasPrefix("search: RMSE ") }
    #expect(line?.contains("% lower than nearest's on average over 1 tensors (least ") == true)
    let json = try Program.start(flags + ["--method", "search", "--format", "json"]).wait()
    let gains = try #require(try lines(json).last?["methods"]?.array)
    #expect(gains.count == 1)
    #expect(gains[0]["method"] == .string("search") && gains[0]["weighted"] == .bool(false))
    let mean = try #require(gains[0]["meanReduction"]?.double)
    #expect(mean > 0 && mean < 1 && gains[0]["mostReduction"]?.double == mean)
    let percent = "\(Double(Int((mean * 1000).rounded())) / 10) %"
    #expect(line?.contains(percent) == true, "\(percent)")
    let nearest = try Program.start(flags + ["--format", "json"]).wait()
    #expect(try lines(nearest).last?["methods"] == .array([]))
  }

  @Test func jsonOfInspectIsReadBack() throws {
    let json = try #require(try lines(Program.run("inspect", model, "--format", "json")).first)
    let tensor = try #require(json["tensors"]?.array?.first)
    #expect(tensor["name"] == .string("up.weight"))
    #expect(tensor["shape"] == .array([.integer(2), .integer(32)]))
    #expect(tensor["byteCount"]?.integer == 256)
  }

  @Test func aDryRunWritesNothing() throws {
    let outcome = try Program.run(
      "convert", "--generic", model, "-o", folder.path + "/o.gguf", "-q", "Q8_0", "--dry-run")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("requantized"))
    #expect(try names(in: folder.path) == ["m.safetensors"])
  }

  @Test func quietPrintsTheOutputAlone() throws {
    let out = folder.path + "/out"
    let outcome = try Program.run("convert", "--generic", model, "-o", out, "--format", "quiet")
    #expect(outcome.output == out + "\n")
    #expect(outcome.errors.isEmpty)
  }

  @Test func anOutputThatExistsIsStatus4UnlessForced() throws {
    let out = folder.path + "/out"
    #expect(try Program.run("convert", "--generic", model, "-o", out).status == 0)
    let refused = try Program.run("convert", "--generic", model, "-o", out)
    #expect(refused.status == 4)
    #expect(refused.errors.contains("[output-exists]"))
    #expect(
      try Program.run("convert", "--generic", model, "-o", out, "--force", "-q", "F16").status == 0)
    #expect(try Program.run("verify", out).status == 0)
  }

  @Test func theSourceAsOutputIsStatus2() throws {
    let before = try readFile(model)
    let outcome = try Program.run("convert", "--generic", model, "-o", model, "--force")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("[output-is-source]"))
    #expect(try readFile(model) == before)
  }

  @Test func theFolderOfTheSourceAsOutputIsStatus2() throws {
    let outcome = try Program.run("convert", "--generic", model, "-o", folder.path, "--force")
    #expect(outcome.status == 2)
    #expect(try names(in: folder.path) == ["m.safetensors"])
  }

  @Test func memoryThatCannotBeEnoughIsStatus4() throws {
    let outcome = try Program.run(
      "convert", "--generic", model, "-o", folder.path + "/out", "--max-memory", "1M")
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("[memory-limit]"))
  }

  @Test func aChangedByteIsStatus1AndNamed() throws {
    let out = folder.path + "/out"
    #expect(try Program.run("convert", "--generic", model, "-o", out, "-q", "F16").status == 0)
    let name = out + "/model.safetensors"
    var bytes = try readFile(name)
    bytes[bytes.count - 1] ^= 1
    try writeFile(name, bytes)
    let outcome = try Program.run("verify", out)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("tensor up.weight: tensor-content"))
  }

  @Test func theUmaskIsHeld() throws {
    let out = folder.path + "/out"
    let outcome = try Program.shell("umask 077; \"$INGOT\" convert '\(model)' -o '\(out)'")
    #expect(outcome.status == 0)
    #expect(try mode(out) == 0o700)
    for name in try names(in: out) { #expect(try mode(out + "/" + name) == 0o600) }
    let open = folder.path + "/open"
    _ = try Program.shell("umask 022; \"$INGOT\" convert '\(model)' -o '\(open)'")
    #expect(try mode(open) == 0o755)
    for name in try names(in: open) { #expect(try mode(open + "/" + name) == 0o644) }
  }

  @Test(arguments: ["TZ=Pacific/Kiritimati", "LC_ALL=tr_TR.UTF-8", "LANG=C"])
  func placeAndLanguageDoNotChangeTheBytes(setting: String) throws {
    let parts = setting.split(separator: "=").map(String.init)
    let first = folder.path + "/a/o.gguf"
    let second = folder.path + "/b/o.gguf"
    #expect(try Program.run("convert", "--generic", model, "-o", first, "-q", "Q8_0").status == 0)
    let made = try Program.run(
      "convert", "--generic", model, "-o", second, "-q", "Q8_0", environment: [parts[0]: parts[1]])
    #expect(made.status == 0)
    for name in try names(in: folder.path + "/a") {
      #expect(
        try readFile(folder.path + "/a/" + name) == readFile(folder.path + "/b/" + name), "\(name)")
    }
  }

  @Test(.timeLimit(.minutes(2)), arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func aSignalLeavesWhatCanBeContinued(signal: Int32, status: Int32) throws {
    // Zeros that take no disk to read; enough of them that the signal comes in time.
    try writeSparseModel(model, rows: 48 * 1024, columns: 4096)
    let out = folder.path + "/o.gguf"
    let arguments = ["convert", "--generic", model, "-o", out, "-q", "Q4_0", "--threads", "1"]
    let running = try Program.start(arguments)
    let journal = folder.path + "/.o.gguf.ingot-partial/journal"
    var isUnderWay = false
    for _ in 0..<2000 where !isUnderWay {
      var file = stat()
      isUnderWay = stat(journal, &file) == 0 && file.st_size > 400
      if !isUnderWay { usleep(5000) }
    }
    try #require(isUnderWay)
    kill(running.pid, signal)
    let outcome = try running.wait()
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains("[interrupted]"))
    #expect(try names(in: folder.path) == [".o.gguf.ingot-partial", "m.safetensors"])
    let finished = try Program.start(arguments).wait()
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(finished.errors.contains("went on after an interruption"))
    #expect(try Program.run("verify", out).status == 0)
  }
}
