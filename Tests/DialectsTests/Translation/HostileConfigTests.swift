import Tensors
import Testing

@testable import Dialects

/// No value in a configuration or in metadata traps, hangs, or is believed without a look.
@Suite struct HostileConfigTests {
  private static let values: [JSONValue] = [
    .integer(0), .integer(-4), .integer(3), .integer(Int.max), .integer(Int.min),
    .number("1e308"), .number("1e999"), .string("four"), .bool(true), .array([]), .object([:]),
  ]

  private static let names = [
    "mixtral", "deepseek3", "gpt-oss", "falcon-40b", "phi3", "roberta",
  ]

  private func outcome(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ModelError)?.reason ?? "not a ModelError: \(error)"
    }
  }

  private static let reasons: Set<String> = [
    "config-value", "config-missing-key", "config-arithmetic", "config-word", "size-missing",
    "size-not-positive", "shape-mismatch", "shape-overflow", "size-overflow", "tensor-missing",
    "tensor-unknown", "architecture-unknown", "tensor-twice", "quantization-unknown",
    "row-not-whole-blocks", "dimension-negative", "rope-factors-unknown",
  ]

  @Test(arguments: names) func noValueOfAConfigurationTraps(_ name: String) throws {
    let tiny = try TinyModel(name)
    let members = try #require(tiny.config.object)
    for key in members.keys.sorted() + ["rope_scaling", "quantization_config", "id2label"] {
      for value in HostileConfigTests.values {
        var changed = members
        changed[key] = value
        let reason = outcome {
          _ = try Translation.toLlamaCpp(
            tiny.model.checkpoint, files: ModelFiles(config: .object(changed)),
            tokenizerMetadata: [], generalMetadata: [], vocabularySize: nil)
        }
        if let reason {
          #expect(HostileConfigTests.reasons.contains(reason), "\(key) \(value): \(reason)")
        }
      }
    }
  }

  @Test(arguments: names) func noValueOfMetadataTraps(_ name: String) throws {
    let tiny = try TinyModel(name)
    let there = try Translation.toLlamaCpp(
      tiny.model.checkpoint, files: ModelFiles(config: tiny.config), tokenizerMetadata: [],
      generalMetadata: [], vocabularySize: nil)
    let values: [MetadataValue?] = [
      nil, .uint32(0), .uint32(3), .uint32(.max), .uint64(.max), .int64(.min), .float32(.nan),
      .float64(1e300), .string("four"), .array(.uint32([])), .array(.float64([.nan])),
    ]
    for index in there.checkpoint.metadata.indices {
      for value in values {
        var checkpoint = there.checkpoint
        if let value {
          checkpoint.metadata[index].value = value
        } else {
          checkpoint.metadata.remove(at: index)
        }
        let reason = outcome { _ = try Translation.toHuggingFace(checkpoint) }
        if let reason {
          #expect(
            HostileConfigTests.reasons.contains(reason) || reason == "not-llama-cpp",
            "\(there.checkpoint.metadata[index].key): \(reason)")
        }
      }
    }
  }

  private func reason(_ name: String, _ key: String, _ value: JSONValue?) throws -> String? {
    let tiny = try TinyModel(name)
    var members = try #require(tiny.config.object)
    members[key] = value
    return outcome {
      _ = try Translation.toLlamaCpp(
        tiny.model.checkpoint, files: ModelFiles(config: .object(members)), tokenizerMetadata: [],
        generalMetadata: [], vocabularySize: nil)
    }
  }

  @Test func headsThatCannotBe() throws {
    #expect(try reason("llama", "num_attention_heads", .integer(-4)) == "config-value")
    #expect(try reason("llama", "num_attention_heads", .integer(0)) == "size-not-positive")
    #expect(try reason("llama", "num_attention_heads", .integer(5)) == "shape-mismatch")
    #expect(try reason("llama", "num_attention_heads", .integer(1 << 31)) == "shape-mismatch")
    #expect(try reason("llama", "num_attention_heads", nil) == "shape-mismatch")
    #expect(try reason("gptneox", "num_attention_heads", nil) == "config-missing-key")
    #expect(try reason("gptneox", "num_attention_heads", .integer(0)) == "config-arithmetic")
    #expect(try reason("falcon-40b", "num_kv_heads", .integer(0)) == "size-not-positive")
  }

  @Test func blocksThatCannotBe() throws {
    #expect(try reason("llama", "num_hidden_layers", .integer(1 << 31)) == "tensor-missing")
    #expect(try reason("llama", "num_hidden_layers", .integer(0)) == "tensor-unknown")
    #expect(try reason("llama", "num_hidden_layers", nil) == "config-missing-key")
    #expect(try reason("llama", "num_hidden_layers", .string("2")) == "config-value")
  }

  @Test func expertsThatCannotBe() throws {
    #expect(try reason("mixtral", "num_local_experts", .integer(1 << 31)) == "tensor-missing")
    #expect(try reason("mixtral", "num_local_experts", .integer(0)) == "size-not-positive")
    #expect(try reason("mixtral", "num_local_experts", .integer(2)) == "tensor-unknown")
  }

  @Test func shapesThatContradictTheConfiguration() throws {
    #expect(try reason("deepseek3", "v_head_dim", .integer(4)) == "shape-mismatch")
    #expect(try reason("deepseek3", "qk_nope_head_dim", .integer(-9)) == "config-value")
    #expect(try reason("roberta", "max_position_embeddings", .integer(1000)) == "size-not-positive")
  }

  @Test func aFileThatIsNoObjectIsRefused() throws {
    let tiny = try TinyModel("llama")
    for text in ["[]", "3", "\"a\"", "null", "{", ""] {
      #expect(
        outcome {
          _ = try Translation.toLlamaCpp(
            tiny.model.checkpoint, files: ModelFiles(contents: ["config.json": Array(text.utf8)]),
            tokenizerMetadata: [], generalMetadata: [], vocabularySize: nil)
        } != nil)
    }
  }
}
