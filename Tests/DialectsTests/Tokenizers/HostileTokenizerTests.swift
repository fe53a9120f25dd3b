import Tensors
import Testing

@testable import Dialects

@Suite struct HostileTokenizerTests {
  private func forward(
    _ json: String, size: Int? = nil, config: String? = nil, tokenizerConfig: String = "{}",
    more: [String: String] = [:]
  ) -> String? {
    refusal { () throws(ModelError) in
      let texts = ["tokenizer.json": json, "tokenizer_config.json": tokenizerConfig]
      _ = try metadata(files(texts.merging(more) { $1 }), "gpt2", size: size, config: config)
    }
  }

  private func bpe(vocab: String, merges: String = "[]", added: String = "[]") -> String {
    """
    {"added_tokens":\(added),"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},
    "model":{"type":"BPE","vocab":\(vocab),"merges":\(merges)}}
    """
  }

  @Test func ids() {
    #expect(forward(bpe(vocab: #"{"a":-1}"#)) == "malformed json-not-an-integer")
    #expect(forward(bpe(vocab: #"{"a":1.5}"#)) == "malformed json-not-an-integer")
    #expect(
      forward(bpe(vocab: #"{"a":99999999999999999999}"#)) == "malformed number-out-of-range")
    #expect(forward(bpe(vocab: #"{"a":9223372036854775807}"#)) == "limitExceeded too-many-tokens")
    #expect(forward(bpe(vocab: #"{"a":4000000000}"#)) == "limitExceeded too-many-tokens")
    #expect(forward(bpe(vocab: #"{"a":5}"#), size: 5) == "malformed token-id-out-of-range")
    #expect(forward(bpe(vocab: #"{"a":0,"b":0}"#)) == "malformed duplicate-token-id")
    #expect(forward(bpe(vocab: #"{"a":0,"a":1}"#)) == "malformed duplicate-token")
    #expect(forward(bpe(vocab: #"{"a":3}"#)) == nil)
  }

  @Test func sizesThatTheModelClaims() {
    let json = bpe(vocab: #"{"a":0}"#)
    #expect(
      forward(json, config: #"{"vocab_size":1099511627776}"#) == "limitExceeded too-many-tokens")
    #expect(forward(json, config: #"{"vocab_size":-4}"#) == "malformed vocabulary-size")
    #expect(forward(json, config: #"{"vocab_size":0}"#) == "malformed token-id-out-of-range")
    #expect(forward(json, config: #"{"vocab_size":"many"}"#) == nil)
  }

  @Test func brokenMerges() {
    let vocab = #"{"a":0,"b":1,"ab":2}"#
    func refused(_ merges: String) -> String? { forward(bpe(vocab: vocab, merges: merges)) }
    #expect(refused(#"["a c"]"#) == "malformed merge-unknown-token")
    #expect(refused(#"["b a"]"#) == "malformed merge-unknown-token")
    #expect(refused(#"["a b c"]"#) == "malformed merge-malformed")
    #expect(refused(#"["ab"]"#) == "malformed merge-malformed")
    #expect(refused(#"[["a"]]"#) == "malformed merge-malformed")
    #expect(refused(#"[["a","b","c"]]"#) == "malformed merge-malformed")
    #expect(refused(#"[[]]"#) == "malformed merge-malformed")
    #expect(refused(#"[1]"#) == "malformed json-syntax")
    #expect(refused(#"{}"#) == "malformed json-syntax")
    #expect(refused(#"["a b"]"#) == nil)
  }

  @Test func addedTokens() {
    func refused(_ added: String) -> String? {
      forward(bpe(vocab: #"{"a":0}"#, added: added))
    }
    #expect(refused(#"[{"id":-1,"content":"x"}]"#) == "malformed added-token")
    #expect(refused(#"[{"id":1}]"#) == "malformed added-token")
    #expect(refused(#"[7]"#) == "malformed added-token")
    #expect(
      refused(#"[{"id":9223372036854775807,"content":"x"}]"#) == "limitExceeded too-many-tokens")
    #expect(refused(#"[{"id":1,"content":"a"}]"#) == "malformed duplicate-token")
    #expect(
      forward(
        bpe(vocab: #"{"a":0}"#),
        tokenizerConfig: #"{"added_tokens_decoder":{"x":{"content":"b"}}}"#)
        == "malformed added-token")
  }

  @Test func wrongTypes() {
    #expect(forward("[]") == "malformed json-syntax")
    #expect(forward(bpe(vocab: "7")) == "malformed json-syntax")
    #expect(forward(bpe(vocab: #"[["a",0]]"#)) == "unsupported tokenizer-kind")
    #expect(
      forward(#"{"model":{"type":"Unigram","vocab":{"a":0}}}"#) == "unsupported tokenizer-kind")
    #expect(forward(#"{"model":{"type":"Unigram","vocab":[["a"]]}}"#) == "malformed json-syntax")
    #expect(
      forward(#"{"model":{"type":"Unigram","vocab":[["a",1e999]]}}"#) == "malformed json-syntax")
    #expect(forward(#"{"model":{"type":"WordLevel","vocab":{}}}"#) == "unsupported tokenizer-kind")
    #expect(
      forward(
        bpe(vocab: #"{"a":0}"#).replacingOnce(
          #""type":"BPE""#, #""type":"BPE","end_of_word_suffix":"</w>""#))
        == "unsupported tokenizer-kind")
  }

  @Test func specialTokens() throws {
    let json = bpe(vocab: #"{"a":0}"#)
    #expect(forward(json, config: #"{"bos_token_id":-1}"#) == "malformed special-token-id")
    let result = try TokenizerTranslation.toLlamaCpp(
      files(["tokenizer.json": json]),
      config: try JSONValue.parse(Array(#"{"eos_token_id":99}"#.utf8)), architecture: "gpt2",
      vocabularySize: nil, options: .init())
    #expect(result?.metadata["tokenizer.ggml.eos_token_id"] == nil)
    #expect(result?.notes.contains { $0.contains("99") } == true)
  }

  @Test func brokenMetadata() {
    let good: [MetadataEntry] = [
      .init("tokenizer.ggml.model", .string("llama")),
      .init("tokenizer.ggml.tokens", .array(.string(["<unk>", "a"]))),
      .init("tokenizer.ggml.scores", .array(.float32([0, -1]))),
      .init("tokenizer.ggml.token_type", .array(.int32([2, 1]))),
    ]
    func refused(_ key: String, _ value: MetadataValue) -> String? {
      var entries = good
      entries.set(key, value)
      return refusal { () throws(ModelError) in
        _ = try TokenizerTranslation.toHuggingFace(entries)
      }
    }
    #expect(refused("x", .bool(true)) == nil)
    #expect(refused("tokenizer.ggml.model", .string("rwkv")) == "unsupported tokenizer-kind")
    #expect(refused("tokenizer.ggml.model", .uint32(1)) == "unsupported tokenizer-kind")
    #expect(
      refused("tokenizer.ggml.model", .string("gpt2")) == "malformed tokenizer-metadata")
    #expect(refused("tokenizer.ggml.tokens", .bool(true)) == "malformed tokenizer-metadata")
    #expect(
      refused("tokenizer.ggml.tokens", .array(.string(["a", "a"]))) == "malformed duplicate-token")
    #expect(
      refused("tokenizer.ggml.token_type", .array(.int32([1]))) == "malformed tokenizer-metadata")
    #expect(
      refused("tokenizer.ggml.scores", .array(.float32([0, .nan]))) == "malformed score-not-finite")
    #expect(
      refused("tokenizer.ggml.scores", .array(.float32([]))) == "malformed tokenizer-metadata")
    #expect(refused("tokenizer.ggml.bos_token_id", .uint32(2)) == "malformed special-token-id")
    #expect(refused("tokenizer.ggml.eos_token_id", .int32(-1)) == "malformed special-token-id")
    #expect(
      refused("ingot.file.../../x", .string("")) == "malformed unsafe-file-name")
    #expect(
      refused("ingot.file.additional_chat_templates/../x.jinja", .string(""))
        == "malformed unsafe-file-name")
    #expect(refused("ingot.file.vocab.txt", .bool(true)) == "malformed tokenizer-metadata")
  }

  @Test func mergesInMetadata() {
    func refused(_ merges: [String], pre: String = "gpt-2") -> String? {
      refusal { () throws(ModelError) in
        _ = try TokenizerTranslation.toHuggingFace([
          .init("tokenizer.ggml.model", .string("gpt2")),
          .init("tokenizer.ggml.pre", .string(pre)),
          .init("tokenizer.ggml.tokens", .array(.string(["a", "b", "ab"]))),
          .init("tokenizer.ggml.merges", .array(.string(merges))),
        ])
      }
    }
    #expect(refused(["a b"]) == nil)
    #expect(refused(["a c"]) == "malformed merge-unknown-token")
    #expect(refused(["b a"]) == "malformed merge-unknown-token")
    #expect(refused(["ab"]) == "malformed merge-malformed")
    #expect(refused([""]) == "malformed merge-malformed")
    #expect(refused(["a b"], pre: "no such") == "unsupported pre-tokenizer-unknown")
  }
}
