import Glibc
import Tensors
import Testing

/// From a Hugging Face folder to a GGUF, and back, with everything that belongs to the model.
@Suite struct TranslationTests {
  private let folder: TemporaryFolder
  private var model: String { folder.path + "/hf" }
  private var gguf: String { folder.path + "/m.gguf" }

  private static let shapes: [(String, [Int])] =
    [("model.embed_tokens.weight", [8, 16]), ("model.norm.weight", [16])]
    + [
      ("input_layernorm", [16]), ("post_attention_layernorm", [16]),
      ("self_attn.q_proj", [16, 16]),
      ("self_attn.k_proj", [8, 16]), ("self_attn.v_proj", [8, 16]),
      ("self_attn.o_proj", [16, 16]), ("mlp.gate_proj", [32, 16]), ("mlp.up_proj", [32, 16]),
      ("mlp.down_proj", [16, 32]),
    ].map { ("model.layers.0.\($0.0).weight", $0.1) }

  private static let config = #"""
    {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16,
     "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4,
     "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-05,
     "rope_theta": 10000.0, "vocab_size": 8, "tie_word_embeddings": true}
    """#

  init() throws {
    folder = try TemporaryFolder()
    var header: [String] = []
    var data: [UInt8] = []
    for (name, shape) in TranslationTests.shapes {
      let begin = data.count
      for element in 0..<shape.reduce(1, *) {
        withUnsafeBytes(of: Float(begin + element)) { data += $0 }
      }
      header.append(
        "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),"
          + "\"data_offsets\":[\(begin),\(data.count)]}")
    }
    let text = Array("{\(header.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    try #require(mkdir(model, 0o755) == 0)
    try writeFile(model + "/model.safetensors", length + text + data)
    try writeFile(model + "/config.json", Array(TranslationTests.config.utf8))
  }

  @Test func aFolderBecomesAGGUFAndComesBackEqual() throws {
    let there = try Program.run("convert", model, "-o", gguf)
    #expect(there.status == 0)
    #expect(there.errors.contains("architecture file llama"))
    let names = try Program.run("inspect", gguf, "--format", "quiet").output
    #expect(names.contains("blk.0.attn_q.weight\n"))
    #expect(!names.contains("self_attn"))
    let back = folder.path + "/back"
    #expect(try Program.run("convert", gguf, "-o", back, "--to", "safetensors").status == 0)
    let config = try JSONValue.parse(readFile(back + "/config.json"))
    #expect(config["architectures"] == .array([.string("LlamaForCausalLM")]))
    #expect(config["num_key_value_heads"] == .integer(2))
    let difference = try Program.run("diff", model, back)
    #expect(difference.status == 0)
    #expect(difference.output.contains("\(TranslationTests.shapes.count) equal-bits"))
  }

  @Test func rowsOfHeadsArePaired() throws {
    #expect(try Program.run("convert", model, "-o", gguf).status == 0)
    // Named as they are, the two have no tensor in common.
    #expect(try Program.run("diff", model, gguf, "--generic").status == 1)
    #expect(try Program.run("diff", model, gguf).status == 0)
    let plain = folder.path + "/plain.gguf"
    #expect(try Program.run("convert", model, "-o", plain, "--generic").status == 0)
    #expect(try Program.run("diff", model, plain, "--generic").status == 0)
  }

  @Test func theManifestSaysHowAndTheSourceGivesTheSameAgain() throws {
    #expect(try Program.run("convert", model, "-o", gguf, "-q", "F16").status == 0)
    let manifest = try JSONValue.parse(readFile(gguf + ".ingot-manifest.json"))
    #expect(
      manifest["source"]?["translation"]
        == .object(["architecture": .string("llama"), "dialect": .string("llama.cpp")]))
    #expect(try Program.run("verify", gguf, "--rederive", model).status == 0)
    var changed = TranslationTests.config
    changed.replace("\"num_attention_heads\": 4", with: "\"num_attention_heads\": 8")
    changed.replace("\"num_key_value_heads\": 2", with: "\"num_key_value_heads\": 4")
    try writeFile(model + "/config.json", Array(changed.utf8))
    #expect(try Program.run("verify", gguf, "--rederive", model).status == 1)
  }

  @Test func whatNobodyKnowsIsRefusedWithAProposal() throws {
    var unknown = TranslationTests.config
    unknown.replace("LlamaForCausalLM", with: "NobodyForCausalLM")
    unknown.replace("\"llama\"", with: "\"nobody\"")
    try writeFile(model + "/config.json", Array(unknown.utf8))
    let outcome = try Program.run("convert", model, "-o", gguf)
    #expect(outcome.status == 3 || outcome.status == 4)
    #expect(outcome.errors.contains("architecture-unknown"))
    #expect(outcome.errors.contains("--generic"))
    #expect(try Program.run("convert", model, "-o", gguf, "--generic").status == 0)
  }

  @Test func aFileWithoutItsConfigurationIsRefused() throws {
    let outcome = try Program.run("convert", model + "/model.safetensors", "-o", gguf)
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains("architecture-unknown"))
  }

  @Test func metadataOfAFileCountBeforeTheCard() throws {
    try writeFile(model + "/README.md", Array("---\nlicense: mit\nmodel_name: Card\n---\n".utf8))
    let override = folder.path + "/general.json"
    try writeFile(override, Array(#"{"general.name": "Given"}"#.utf8))
    #expect(try Program.run("convert", model, "-o", gguf, "--metadata", override).status == 0)
    #expect(
      try Program.run("metadata", "show", gguf, "general.name").output.contains("Given"))
    #expect(
      try Program.run("metadata", "show", gguf, "general.license").output.contains("mit"))
  }
}
