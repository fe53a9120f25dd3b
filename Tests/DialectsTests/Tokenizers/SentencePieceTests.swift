import Tensors
import Testing

@testable import Dialects

@Suite struct SentencePieceTests {
  private var model: SentencePieceModel {
    var model = SentencePieceModel()
    model.algorithm = .bpe
    model.removesExtraSpaces = false
    model.pieces = [
      .init(text: "<unk>", type: .unknown), .init(text: "<s>", type: .control),
      .init(text: "</s>", type: .control), .init(text: "<0x41>", type: .byte),
      .init(text: "▁a", score: 0), .init(text: "▁ab", score: -1), .init(text: "▁", score: -2),
      .init(text: "a", score: -3), .init(text: "b", score: -4),
    ]
    return model
  }

  @Test func aModelIsReadAsItIsWritten() throws {
    var model = model
    model.charsmap = [1, 2, 3]
    #expect(try SentencePieceModel(model.bytes) == model)
  }

  @Test func aModelOfOtherHandsIsRead() throws {
    // pieces { piece: "x" score: -1.5 type: CONTROL } trainer_spec { 36: 1 model_type: BPE }
    // normalizer_spec { add_dummy_prefix: false } self_test_data { }
    let bytes: [UInt8] = [
      0x0A, 0x0A, 0x0A, 0x01, 0x78, 0x15, 0x00, 0x00, 0xC0, 0xBF, 0x18, 0x03, 0x12, 0x05, 0xA0,
      0x02, 0x01, 0x18, 0x02, 0x1A, 0x02, 0x18, 0x00, 0x22, 0x00,
    ]
    let model = try SentencePieceModel(bytes)
    #expect(model.pieces == [.init(text: "x", score: -1.5, type: .control)])
    #expect(model.algorithm == .bpe && !model.addsDummyPrefix && model.removesExtraSpaces)
  }

  @Test func writesTheKeysOfConvertHFToGGUFInOrder() throws {
    let entries = try metadata(
      files(
        [
          "tokenizer_config.json": #"""
          {"add_bos_token":true,"add_eos_token":false,"add_prefix_space":true,
          "added_tokens_decoder":{"1":{"content":"<s>","special":true},
          "10":{"content":"x▁y","special":false}}}
          """#
        ], ["tokenizer.model": model.bytes]), "llama", size: 11,
      config: #"{"bos_token_id":1,"eos_token_id":2}"#)
    #expect(
      entries == [
        .init("tokenizer.ggml.add_space_prefix", .bool(true)),
        .init("tokenizer.ggml.model", .string("llama")),
        .init("tokenizer.ggml.pre", .string("default")),
        .init(
          "tokenizer.ggml.tokens",
          .array(
            .string([
              "<unk>", "<s>", "</s>", "<0x41>", "▁a", "▁ab", "▁", "a", "b", "[PAD9]", "x y",
            ]))),
        .init(
          "tokenizer.ggml.scores",
          .array(.float32([0, -1000, 0, 0, 0, -1, -2, -3, -4, -10000, -1000]))),
        .init("tokenizer.ggml.token_type", .array(.int32([2, 3, 3, 6, 1, 1, 1, 1, 1, 5, 4]))),
        .init("tokenizer.ggml.bos_token_id", .uint32(1)),
        .init("tokenizer.ggml.eos_token_id", .uint32(2)),
        .init("tokenizer.ggml.add_bos_token", .bool(true)),
        .init("tokenizer.ggml.add_eos_token", .bool(false)),
      ])
    let back = try roundTrip(entries, "llama")
    #expect(Set(back) == Set(entries))
    #expect(back.first == entries.first)
  }

  @Test func mergesFollowTheScores() throws {
    let entries = try metadata(files([:], ["tokenizer.model": model.bytes]), "llama")
    #expect(
      try KeptTokenizer(entries).mergesByScore() == ["▁ a", "▁a b"])
  }

  @Test func scoresComeFromMergesWithoutAModel() throws {
    let json = #"""
      {"added_tokens":[{"id":0,"content":"<unk>","special":true}],
      "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
      {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
      "decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"}]},
      "model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,
      "vocab":{"<unk>":0,"<0x41>":1,"▁a":2,"▁ab":3,"▁":4,"a":5,"b":6},
      "merges":["▁ a","▁a b"]}}
      """#
    let entries = try metadata(files(["tokenizer.json": json]), "llama")
    #expect(floats(entries["tokenizer.ggml.scores"]) == [-1000, 0, 0, -1, -2, -3, -4])
    #expect(numbers(entries["tokenizer.ggml.token_type"]) == [2, 6, 1, 1, 1, 1, 1])
    #expect(try KeptTokenizer(entries).mergesByScore() == ["▁ a", "▁a b"])
  }

  @Test func scoresAreRanksWhereIdsDoNotRise() throws {
    let json = #"""
      {"decoder":{"type":"ByteFallback"},"model":{"type":"BPE","byte_fallback":true,
      "vocab":{"ab":0,"bc":1,"a":2,"b":3,"c":4},"merges":["b c","a b"]}}
      """#
    let entries = try metadata(files(["tokenizer.json": json]), "llama")
    #expect(floats(entries["tokenizer.ggml.scores"]) == [-1, 0, -2, -2, -2])
    #expect(entries["tokenizer.ggml.add_space_prefix"] == .bool(false))
  }

  @Test func anotherToolsFileOfThatNameIsPassedOver() throws {
    let entries = try metadata(
      files(["tokenizer.json": tinyBPE, "tokenizer.model": "IQ== 0\n"]), "llama")
    #expect(entries["tokenizer.ggml.model"] == .string("gpt2"))
  }

  @Test func brokenModelsAreRefused() {
    func refusal(_ bytes: [UInt8]) -> String? {
      DialectsTests.refusal { () throws(ModelError) in _ = try SentencePieceModel(bytes) }
    }
    #expect(refusal([]) == "malformed sentencepiece-model")
    #expect(refusal([0x0A]) == "malformed protobuf-syntax")
    #expect(refusal([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]) == "malformed protobuf-syntax")
    #expect(refusal([0x0A] + [UInt8](repeating: 0xFF, count: 11)) == "malformed protobuf-syntax")
    #expect(refusal([0x0B]) == "malformed protobuf-syntax")
    #expect(refusal([0x02, 0x00]) == "malformed protobuf-syntax")
    #expect(refusal([0x0A, 0x03, 0x0A, 0x01, 0xFF]) == "malformed not-utf8")
    #expect(refusal([0x0A, 0x02, 0x18, 0x07]) == "malformed piece-type")
    #expect(refusal([0x0A, 0x00, 0x12, 0x02, 0x18, 0x09]) == "malformed sentencepiece-model")
  }
}
