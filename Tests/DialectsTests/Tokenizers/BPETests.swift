import Tensors
import Testing

@testable import Dialects

@Suite struct BPETests {
  @Test func writesTheKeysOfConvertHFToGGUFInOrder() throws {
    let entries = try metadata(
      files([
        "tokenizer.json": tinyBPE,
        "tokenizer_config.json": #"{"eos_token":"<|end|>","chat_template":"{{x}}"}"#,
      ]), "gpt2", size: 8)
    #expect(
      entries == [
        .init("tokenizer.ggml.model", .string("gpt2")),
        .init("tokenizer.ggml.pre", .string("gpt-2")),
        .init(
          "tokenizer.ggml.tokens",
          .array(.string(["a", "b", "Ġ", "ab", "Ġab", "<|end|>", "[PAD6]", "[PAD7]"]))),
        .init("tokenizer.ggml.token_type", .array(.int32([1, 1, 1, 1, 1, 3, 5, 5]))),
        .init("tokenizer.ggml.merges", .array(.string(["a b", "Ġ ab"]))),
        .init("tokenizer.ggml.eos_token_id", .uint32(5)),
        .init("tokenizer.ggml.add_bos_token", .bool(false)),
        .init("tokenizer.ggml.add_eos_token", .bool(false)),
        .init("tokenizer.chat_template", .string("{{x}}")),
      ])
  }

  @Test func comesBackEqual() throws {
    let first = try metadata(
      files([
        "tokenizer.json": tinyBPE.replacingOnce(
          #"{"type":"ByteLevel"},"decoder""#,
          #"""
          {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|end|>","type_id":0}},
          {"Sequence":{"id":"A","type_id":0}}],"pair":[]},"decoder"
          """#),
        "tokenizer_config.json":
          #"{"bos_token":{"content":"<|end|>"},"eos_token":"<|end|>","add_eos_token":false}"#,
      ]), "gpt2", size: 7)
    #expect(first["tokenizer.ggml.add_bos_token"] == .bool(true))
    #expect(first["tokenizer.ggml.bos_token_id"] == .uint32(5))
    #expect(try roundTrip(first, "gpt2") == first)
  }

  @Test func escapesWhatJSONCannotHold() throws {
    let tokens = ["\"", "\\", "\u{1}", "\u{7F}", "é", "e\u{301}", "\u{1F680}", "a/b\n"]
    let entries: [MetadataEntry] = [
      .init("tokenizer.ggml.model", .string("gpt2")),
      .init("tokenizer.ggml.pre", .string("qwen2")),
      .init("tokenizer.ggml.tokens", .array(.string(tokens))),
      .init("tokenizer.ggml.token_type", .array(.int32([1, 1, 1, 1, 1, 1, 3, 4]))),
      .init("tokenizer.ggml.merges", .array(.string([]))),
    ]
    let back = try roundTrip(entries, "qwen2")
    #expect(
      strings(back["tokenizer.ggml.tokens"]).map { Array($0.utf8) } == tokens.map { Array($0.utf8) }
    )
    #expect(numbers(back["tokenizer.ggml.token_type"]) == [1, 1, 1, 1, 1, 1, 3, 4])
  }

  @Test func givesAddedTokensTheirTypes() throws {
    let entries = try metadata(
      files([
        "tokenizer.json": #"""
        {"added_tokens":[{"id":1,"content":"<pad>","special":false},
        {"id":2,"content":"<think>","special":false},{"id":3,"content":"a▁b","special":false}],
        "pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},
        "model":{"vocab":{"a":0},"merges":[]}}
        """#,
        "tokenizer_config.json": #"{"unk_token":"a","pad_token":"<new>"}"#,
      ]), "gpt2")
    #expect(
      strings(entries["tokenizer.ggml.tokens"]) == ["a", "<pad>", "<think>", "a b", "<new>"])
    #expect(numbers(entries["tokenizer.ggml.token_type"]) == [3, 3, 4, 4, 3])
  }

  @Test func aVocabularyTellsEquivalentCharactersApart() throws {
    let entries = try metadata(
      files([
        "tokenizer.json":
          "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"decoder\":{\"type\":\"ByteLevel\"},"
          + "\"model\":{\"vocab\":{\"\u{E9}\":0,\"e\u{301}\":1},\"merges\":[]}}"
      ]), "gpt2")
    #expect(strings(entries["tokenizer.ggml.tokens"]).map(\.utf8.count) == [2, 3])
  }

  @Test func spacesInMergesAreWrittenAsGPT2Writes() throws {
    let entries = try metadata(
      files([
        "tokenizer.json": #"""
        {"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},
        "model":{"type":"BPE","vocab":{"a":0," ":1,"a ":2},"merges":[["a"," "]]}}
        """#
      ]), "gpt2")
    #expect(strings(entries["tokenizer.ggml.merges"]) == ["a Ġ"])
  }

  @Test func templatesWithNamesComeBack() throws {
    let entries = try metadata(
      files([
        "tokenizer.json": tinyBPE,
        "tokenizer_config.json": #"""
        {"chat_template":[{"name":"default","template":"D"},{"name":"tool use","template":"T"},
        {"name":"rag","template":"R"}]}
        """#,
      ]), "gpt2")
    #expect(entries["tokenizer.chat_template"] == .string("D"))
    #expect(entries["tokenizer.chat_template.tool_use"] == .string("T"))
    #expect(strings(entries["tokenizer.chat_templates"]) == ["tool_use", "rag"])
    #expect(try roundTrip(entries, "gpt2") == entries)
  }

  @Test func templatesLieInFilesToo() throws {
    let jinja = try metadata(
      files([
        "tokenizer.json": tinyBPE, "chat_template.jinja": "J",
        "additional_chat_templates/rag.jinja": "R",
      ]), "gpt2")
    #expect(jinja["tokenizer.chat_template"] == .string("J"))
    #expect(jinja["tokenizer.chat_template.rag"] == .string("R"))
    let json = try metadata(
      files(["tokenizer.json": tinyBPE, "chat_template.json": #"{"chat_template":"C"}"#]), "gpt2")
    #expect(json["tokenizer.chat_template"] == .string("C"))
  }

  @Test func originalsComeBackByteForByte() throws {
    let config = "{ \"eos_token\" :\t\"<|end|>\"}\n"
    let model: [UInt8] = [0xFF, 0x00, 0x80]
    let entries = try metadata(
      files(
        ["tokenizer.json": tinyBPE, "tokenizer_config.json": config, "weights.txt": "no"],
        ["tekken.json": model]), "gpt2", .init(embedsOriginals: true))
    let back = try TokenizerTranslation.toHuggingFace(entries)
    #expect(back.map(\.name) == ["tokenizer.json", "tekken.json", "tokenizer_config.json"])
    #expect(back.map(\.bytes) == [Array(tinyBPE.utf8), model, Array(config.utf8)])
  }

  @Test func aFolderWithoutTokenizerHasNone() throws {
    #expect(try metadata(files(["README.md": "x"]), "llama").isEmpty)
    #expect(try TokenizerTranslation.toHuggingFace([]).isEmpty)
  }
}

extension String {
  /// With the first occurrence of `old` replaced.
  func replacingOnce(_ old: String, _ new: String) -> String {
    guard let range = firstRange(of: old) else { return self }
    return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
  }

  private func firstRange(of part: String) -> Range<Index>? {
    indices.lazy.filter { self[$0...].hasPrefix(part) }.first.map {
      $0..<index($0, offsetBy: part.count)
    }
  }
}
