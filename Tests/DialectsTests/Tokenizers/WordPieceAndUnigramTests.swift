import Tensors
import Testing

@testable import Dialects

@Suite struct WordPieceTests {
  private let json = ##"""
    {"added_tokens":[{"id":0,"content":"[PAD]","special":true},
    {"id":1,"content":"[UNK]","special":true},{"id":2,"content":"[CLS]","special":true},
    {"id":3,"content":"[SEP]","special":true}],
    "normalizer":{"type":"BertNormalizer","lowercase":true,"strip_accents":null},
    "pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"TemplateProcessing",
    "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
    {"SpecialToken":{"id":"[SEP]","type_id":0}}],
    "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
    {"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},
    {"SpecialToken":{"id":"[SEP]","type_id":1}}]},
    "decoder":{"type":"WordPiece","prefix":"##"},
    "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
    "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"play":4,"##ing":5,"##":6}}}
    """##

  @Test func writesTheKeysOfConvertHFToGGUFInOrder() throws {
    let entries = try metadata(
      files([
        "tokenizer.json": json,
        "tokenizer_config.json":
          #"{"cls_token":"[CLS]","sep_token":"[SEP]","pad_token":"[PAD]","unk_token":"[UNK]"}"#,
      ]), "bert", size: 7, config: #"{"type_vocab_size":2}"#)
    #expect(
      entries == [
        .init("tokenizer.ggml.token_type_count", .uint32(2)),
        .init("tokenizer.ggml.model", .string("bert")),
        .init("tokenizer.ggml.pre", .string("jina-v2-en")),
        .init(
          "tokenizer.ggml.tokens",
          .array(.string(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁play", "ing", ""]))),
        .init("tokenizer.ggml.token_type", .array(.int32([3, 3, 3, 3, 1, 1, 1]))),
        .init("tokenizer.ggml.bos_token_id", .uint32(2)),
        .init("tokenizer.ggml.eos_token_id", .uint32(3)),
        .init("tokenizer.ggml.unknown_token_id", .uint32(1)),
        .init("tokenizer.ggml.seperator_token_id", .uint32(3)),
        .init("tokenizer.ggml.padding_token_id", .uint32(0)),
        .init("tokenizer.ggml.add_bos_token", .bool(true)),
        .init("tokenizer.ggml.add_eos_token", .bool(true)),
        .init("tokenizer.ggml.add_sep_token", .bool(false)),
        .init("tokenizer.ggml.normalizer.lowercase", .bool(true)),
      ])
    #expect(try roundTrip(entries, "bert", config: #"{"type_vocab_size":2}"#) == entries)
  }

  @Test func anotherPrefixIsRefused() {
    let other = json.replacingOnce(
      ###""continuing_subword_prefix":"##""###, ###""continuing_subword_prefix":"@@""###)
    #expect(
      refusal { () throws(ModelError) in
        _ = try metadata(files(["tokenizer.json": other]), "bert")
      } == "unsupported tokenizer-kind")
  }
}

@Suite struct UnigramTests {
  private let json = #"""
    {"added_tokens":[{"id":0,"content":"<s>","special":true},
    {"id":2,"content":"</s>","special":true},{"id":5,"content":"<mask>","special":true}],
    "normalizer":{"type":"Precompiled","precompiled_charsmap":"AQIDBA=="},
    "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
    {"type":"Metaspace","replacement":"▁","add_prefix_space":true}]},
    "post_processor":{"type":"TemplateProcessing",
    "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
    {"SpecialToken":{"id":"</s>","type_id":0}}],"pair":[]},
    "model":{"type":"Unigram","unk_id":3,
    "vocab":[["<s>",0.0],["a",-1.5],["</s>",0.0],["<unk>",0.0],["▁a",-2.25],["<mask>",0.0]]}}
    """#

  @Test func aTokenizerOfBERTsComesBackEqual() throws {
    let entries = try metadata(
      files([
        "tokenizer.json": json,
        "tokenizer_config.json":
          #"{"bos_token":"<s>","eos_token":"</s>","mask_token":"<mask>"}"#,
      ]), "bert", size: 8)
    #expect(
      entries == [
        .init("tokenizer.ggml.model", .string("t5")),
        .init("tokenizer.ggml.pre", .string("default")),
        .init(
          "tokenizer.ggml.tokens",
          .array(.string(["<s>", "a", "</s>", "<unk>", "▁a", "<mask>", "[PAD6]", "[PAD7]"]))),
        .init(
          "tokenizer.ggml.scores", .array(.float32([0, -1.5, 0, 0, -2.25, 0, -10000, -10000]))),
        .init("tokenizer.ggml.token_type", .array(.int32([3, 1, 3, 2, 1, 3, 5, 5]))),
        .init("tokenizer.ggml.add_space_prefix", .bool(true)),
        .init("tokenizer.ggml.token_type_count", .uint32(1)),
        .init("tokenizer.ggml.remove_extra_whitespaces", .bool(true)),
        .init("tokenizer.ggml.precompiled_charsmap", .array(.uint8([1, 2, 3, 4]))),
        .init("tokenizer.ggml.bos_token_id", .uint32(0)),
        .init("tokenizer.ggml.eos_token_id", .uint32(2)),
        .init("tokenizer.ggml.mask_token_id", .uint32(5)),
        .init("tokenizer.ggml.add_bos_token", .bool(true)),
        .init("tokenizer.ggml.add_eos_token", .bool(true)),
        .init("tokenizer.ggml.unknown_token_id", .uint32(3)),
      ])
    #expect(Set(try roundTrip(entries, "bert")).isSuperset(of: entries))
  }

  @Test func theModelOfT5ComesBackEqual() throws {
    var model = SentencePieceModel()
    model.charsmap = [9, 8, 7]
    model.pieces = [
      .init(text: "<pad>", type: .control), .init(text: "</s>", type: .control),
      .init(text: "<unk>", type: .unknown), .init(text: "▁a", score: -2.5),
    ]
    let entries = try metadata(
      files(["tokenizer_config.json": "{}"], ["spiece.model": model.bytes]), "t5", size: 5)
    #expect(strings(entries["tokenizer.ggml.tokens"]).last == "[PAD4]")
    #expect(entries["tokenizer.ggml.precompiled_charsmap"] == .array(.uint8([9, 8, 7])))
    #expect(Set(try roundTrip(entries, "t5")).isSuperset(of: entries))
  }

  @Test func theModelOfXLMRobertaIsShifted() throws {
    var model = SentencePieceModel()
    model.pieces = ["<unk>", "<s>", "</s>", ",", "▁a"].map { .init(text: $0) }
    let entries = try metadata(
      files([:], ["sentencepiece.bpe.model": model.bytes]), "bert", size: 7)
    #expect(
      strings(entries["tokenizer.ggml.tokens"]) == [
        "<s>", "<pad>", "</s>", "<unk>", ",", "▁a", "[PAD5]",
      ])
    #expect(numbers(entries["tokenizer.ggml.token_type"]) == [3, 3, 3, 2, 1, 1, 5])
  }

  @Test func base64IsStrict() {
    #expect(Base64.bytes("AQI=") == [1, 2] && Base64.bytes("AQIDBA==") == [1, 2, 3, 4])
    for text in ["A", "AB", "AB=", "AB=C", "A B=", "AQID=", "====", "é==="] {
      #expect(Base64.bytes(text) == nil, "\(text)")
    }
    for bytes in [[], [255], [0, 1], [250, 3, 9], [1, 2, 3, 4]] as [[UInt8]] {
      #expect(Base64.bytes(Base64.text(bytes)) == bytes)
    }
  }
}
