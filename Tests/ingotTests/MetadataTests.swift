import Glibc
import Tensors
import Testing

/// `ingot metadata`, and `--override-kv`, through the program.
@Suite struct MetadataTests {
  private let folder: TemporaryFolder
  private var model: String { folder.path + "/m.gguf" }
  private var plain: String { folder.path + "/m.safetensors" }

  init() throws {
    folder = try TemporaryFolder()
    try writeModel(plain)
    let made = try Program.run(
      "convert", "--generic", plain, "-o", model, "-q", "F16", "--override-kv",
      "general.name=str:Old name",
      "--override-kv", "x.list=[int16]:[1, -2]")
    try #require(made.status == 0, "\(made.errors)")
  }

  private func show(_ path: String, _ key: String? = nil) throws -> String {
    let outcome = try Program.start(["metadata", "show", path] + [key].compactMap { $0 }).wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  @Test func allMetadataAreShownWithTypes() throws {
    #expect(
      try show(model) == """
        general.name = string: "Old name"
        x.list = [int16]: [1, -2]

        """)
    let json = try Program.run("metadata", "show", model, "x.list", "--format", "json")
    #expect(json.output == #"{"key":"x.list","type":"[int16]","value":[1,-2]}"# + "\n")
    let keys = try Program.run("metadata", "show", model, "--format", "quiet")
    #expect(keys.output == "general.name\nx.list\n")
  }

  @Test func oneValueIsShownWhole() throws {
    #expect(try show(model, "general.name") == "Old name")
    #expect(try show(model, "x.list") == "1\n-2\n")
    let none = try Program.run("metadata", "show", model, "none")
    #expect(none.status == 5)
    #expect(none.errors.contains("[metadata-key-missing]"))
  }

  @Test(arguments: [[], ["--in-place"]]) func aValueIsSetAndTheOutputStaysVerified(
    flags: [String]
  ) throws {
    let outcome = try Program.start(
      ["metadata", "set", model, "general.name=str:New name", "--format", "json"] + flags
    ).wait()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONValue.parse(Array(outcome.output.utf8))
    #expect(json["isChanged"] == .bool(true))
    #expect(json["patchedByteCount"]?.integer == (flags.isEmpty ? 0 : 3))
    #expect(json["manifests"] == .array([.string("m.gguf.ingot-manifest.json")]))
    #expect(try show(model, "general.name") == "New name")
    let verified = try Program.run("verify", model, "--rederive", plain)
    #expect(verified.status == 0, "\(verified.output)")
    #expect(
      try Program.shell("cd '\(folder.path)' && sha256sum --strict -c m.gguf.sha256").status == 0)
    // A conversion with the same changes writes the same.
    let other = try TemporaryFolder()
    let same = try Program.run(
      "convert", "--generic", plain, "-o", other.path + "/m.gguf", "-q", "F16", "--override-kv",
      "general.name=str:New name", "--override-kv", "x.list=[int16]:[1, -2]")
    #expect(same.status == 0)
    for name in try names(in: other.path) {
      #expect(
        try readFile(other.path + "/" + name) == readFile(folder.path + "/" + name), "\(name)")
    }
  }

  @Test func aTemplateComesFromAFileAndGoesToOne() throws {
    let template =
      "{{ bos }}\n{%- for m in x %}\u{E9}{% endfor %}" + String(repeating: "y", count: 9000)
    try writeFile(folder.path + "/t.jinja", Array(template.utf8))
    let outcome = try Program.run(
      "metadata", "set", model, "--from-file", "tokenizer.chat_template=\(folder.path)/t.jinja",
      "--remove", "x.list")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("x.list: [int16]: [1, -2] -> nothing"))
    #expect(try show(model, "tokenizer.chat_template") == template)
    #expect(try Program.run("verify", model, "--rederive", plain).status == 0)
  }

  @Test func aDryRunChangesNothing() throws {
    let before = try readFile(model)
    let outcome = try Program.run(
      "metadata", "set", model, "general.name=str:Another", "--dry-run", "--format", "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONValue.parse(Array(outcome.output.utf8))
    #expect(json["event"] == .string("plan"))
    #expect(json["fitsInPlace"] == .bool(true))
    #expect(try readFile(model) == before)
  }

  @Test func typesTravelThroughSafetensors() throws {
    let out = folder.path + "/o.safetensors"
    #expect(try Program.run("convert", "--generic", model, "-o", out).status == 0)
    let outcome = try Program.run(
      "metadata", "set", out, "x.list=[int16]:[3]", "general.name=str:New", "y=float64:0.1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      try show(out) == """
        general.name = string: "New"
        x.list = [int16]: [3]
        y = float64: 0.1

        """)
    #expect(try Program.run("verify", out).status == 0)
  }

  @Test(arguments: ["GGUF", "Safetensors"]) func everyFixtureIsEditedAndBack(format: String) throws
  {
    let valid = checkout("Formats/\(format)/Fixtures/valid")
    for name in try names(in: valid) where name.contains(".exact.") {
      let copy = folder.path + "/" + name
      try writeFile(copy, readFile(valid + "/" + name))
      let set = try Program.run("metadata", "set", copy, "ingot.test=str:x")
      #expect(set.status == 0, "\(name): \(set.errors)")
      #expect(try Program.run("diff", copy, valid + "/" + name).status == 0, "\(name)")
      #expect(try Program.run("metadata", "set", copy, "--remove", "ingot.test").status == 0)
      // An empty list of metadata is not told from none.
      #expect(try readFile(copy) == readFile(valid + "/" + name), "\(name)")
    }
  }

  @Test func anotherAlignmentIsNotChangedSilently() throws {
    let fixture = checkout("Formats/GGUF/Fixtures/valid/08-alignment-64.rewritten.gguf")
    let copy = folder.path + "/a.gguf"
    try writeFile(copy, readFile(fixture))
    let outcome = try Program.run("metadata", "set", copy, "k=bool:true")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("general.alignment was 64 and is 32 now"))
    #expect(try Program.run("diff", copy, fixture).status == 0)
  }

  @Test func aFolderWithOneFileStandsForIt() throws {
    let out = folder.path + "/out"
    #expect(try Program.run("convert", "--generic", plain, "-o", out, "--to", "gguf").status == 0)
    #expect(try Program.run("metadata", "set", out, "general.name=str:N").status == 0)
    #expect(try Program.run("verify", out).status == 0)
    #expect(try show(out, "general.name") == "N")
  }

  @Test func ofSeveralFilesOneIsNamed() throws {
    let out = folder.path + "/out"
    let whole = checkout("Formats/GGUF/Fixtures/valid/06-every-ggml-type.exact.gguf")
    #expect(
      try Program.run("convert", "--generic", whole, "-o", out, "--split-max-tensors", "20").status
        == 0)
    let refused = try Program.run("metadata", "set", out, "k=bool:true")
    #expect(refused.status == 2)
    #expect(refused.errors.contains("[several-files]"))
    let first = try #require(try names(in: out).first { $0.contains("-00001-of-") })
    let set = try Program.run("metadata", "set", out + "/" + first, "k=bool:true")
    #expect(set.status == 0, "\(set.errors)")
    #expect(try Program.run("verify", out, "--rederive", whole).status == 0)
    #expect(try show(out, "k") == "true\n")
  }

  @Test func aFileOfARegistryIsRefused() throws {
    let registry = folder.path + "/hub"
    let out = folder.path + "/out"
    #expect(try Program.run("convert", "--generic", plain, "-o", out, "--to", "gguf").status == 0)
    let published = try Program.run("publish", out, "me/m", "--registry", registry)
    try #require(published.status == 0, "\(published.errors)")
    let snapshots = registry + "/models--me--m/snapshots"
    let commit = try #require(try names(in: snapshots).first)
    let blobs = registry + "/models--me--m/blobs"
    let link = snapshots + "/" + commit + "/model-copy.gguf"
    let places = try names(in: blobs).map { blobs + "/" + $0 } + [link, snapshots + "/" + commit]
    for place in places {
      let refused = try Program.run("metadata", "set", place, "k=bool:true")
      if place.hasSuffix("gguf") || place == snapshots + "/" + commit {
        #expect(refused.errors.contains("ingot publish"))
      }
      #expect(refused.status == 4, "\(refused.errors)")
      #expect(refused.errors.contains("[registry-file]"), "\(refused.errors)")
    }
    let named = try Program.run("metadata", "set", "me/m", "k=bool:true", "--registry", registry)
    #expect(named.status == 4)
    // What was published may share its bytes with the output, which may change.
    #expect(try Program.run("metadata", "set", out, "k=bool:true").status == 0)
    #expect(try Program.run("registry", "verify", "--registry", registry).status == 0)
  }

  @Test func aLinkIsRefused() throws {
    let link = folder.path + "/link.gguf"
    try #require(symlink(model, link) == 0)
    let refused = try Program.run("metadata", "set", link, "k=bool:true")
    #expect(refused.status == 4)
    #expect(refused.errors.contains("[symbolic-link]"))
  }

  @Test(arguments: [
    (["k"], 2, "metadata-syntax"), (["k=x:1"], 2, "metadata-type-unknown"),
    (["k=uint8:256"], 2, "metadata-value"), (["--remove", "none"], 5, "metadata-key-missing"),
    (["k=bool:true", "--remove", "k"], 2, "metadata-key-twice"),
    (["general.alignment=int:64"], 2, "metadata-key-reserved"),
    (["--from-file", "k"], 2, "metadata-syntax"), (["--from-file", "k=/none"], 5, "no-such-file"),
    (
      ["general.name=str:a much longer name than before, by far", "--in-place"], 4,
      "header-does-not-fit"
    ),
    (["\u{E9}=bool:true"], 2, "key-not-ascii"),
  ])
  func whatCannotBeSetIsRefused(arguments: [String], status: Int32, reason: String) throws {
    let before = try readFile(model)
    let outcome = try Program.start(["metadata", "set", model] + arguments).wait()
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains("[\(reason)]"), "\(outcome.errors)")
    #expect(try readFile(model) == before)
  }

  @Test func nothingToSetIsStatus2() throws {
    #expect(try Program.run("metadata", "set", model).status == 2)
    #expect(try Program.run("metadata").status != 1)
  }

  @Test func anOverrideThatIsNoneIsRefusedBeforeTheWork() throws {
    let out = folder.path + "/o.gguf"
    let outcome = try Program.run(
      "convert", "--generic", plain, "-o", out, "--override-kv", "general.name=text:x")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("[metadata-type-unknown]"))
    #expect(try names(in: folder.path).filter { $0.contains("o.gguf") }.isEmpty)
  }
}
