import Tensors
import Testing

@testable import Dialects

@Suite struct PreTokenizerTests {
  private func pre(
    _ definition: String, ignoresMerges: Bool = false, modelType: String? = nil,
    normalizer: String = "null"
  ) throws -> String? {
    let json = """
      {"normalizer":\(normalizer),"pre_tokenizer":\(definition),"decoder":{"type":"ByteLevel"},
      "model":{"type":"BPE","ignore_merges":\(ignoresMerges),"vocab":{"a":0},"merges":[]}}
      """
    let config = modelType.map { #"{"model_type":"\#($0)"}"# }
    return try metadata(files(["tokenizer.json": json]), "gpt2", config: config)[
      "tokenizer.ggml.pre"]?.string
  }

  private let llama3 = #"""
    {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    },"behavior":"Isolated","invert":false},
    {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}
    """#

  @Test func areRecognisedFromTheirDefinition() throws {
    #expect(try pre(llama3, ignoresMerges: true) == "llama-bpe")
    #expect(try pre(llama3) == "dbrx")
    #expect(try pre(llama3, ignoresMerges: true, modelType: "glm4") == "glm4")
    #expect(try pre(#"{"type":"ByteLevel","add_prefix_space":false}"#) == "gpt-2")
    #expect(try pre(#"{"type":"ByteLevel"}"#, modelType: "olmo") == "olmo")
    #expect(
      try pre(
        llama3.replacingOnce("{1,3}", ""), normalizer: #"{"type":"NFC"}"#) == "qwen2")
    let digits = #"""
      {"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
      {"type":"ByteLevel","add_prefix_space":false}]}
      """#
    #expect(try pre(digits) == "smollm")
    #expect(try pre(digits, modelType: "starcoder2") == "starcoder")
    #expect(try pre(digits, modelType: "cohere") == "command-r")
  }

  @Test func aSplitThatKeepsMatchesIsTheSameSplit() throws {
    let kept = llama3.replacingOnce(
      #""behavior":"Isolated","invert":false"#, #""behavior":"Removed","invert":true"#)
    #expect(try pre(kept, ignoresMerges: true) == "llama-bpe")
  }

  @Test func theUnknownAreRefusedWithTheWayOut() {
    do throws(ModelError) {
      _ = try metadata(
        files([
          "tokenizer.json": tinyBPE.replacingOnce(
            #""add_prefix_space":false"#, #""add_prefix_space":true"#)
        ]), "gpt2")
      Issue.record("a space before the text was taken for GPT-2's")
    } catch {
      #expect(error.reason == "pre-tokenizer-unknown" && error.code == .unsupported)
      #expect(error.message.contains("add_prefix_space"))
      #expect(error.message.contains("--pre-tokenizer"))
    }
    #expect(throws: ModelError.self) {
      _ = try pre(#"{"type":"ByteLevel"}"#, normalizer: #"{"type":"Lowercase"}"#)
    }
  }

  @Test func anOverrideIsTakenWithANote() throws {
    let result = try TokenizerTranslation.toLlamaCpp(
      files(["tokenizer.json": tinyBPE]), config: nil, architecture: "gpt2", vocabularySize: nil,
      options: .init(preTokenizer: "mine"))
    #expect(result?.metadata["tokenizer.ggml.pre"] == .string("mine"))
    #expect(result?.notes.contains { $0.contains("mine") } == true)
    #expect(result?.tokenCount == 6)
  }

  @Test func eachOfTheCatalogComesBackFromItsOwnDefinition() throws {
    for entry in PreTokenizer.catalog {
      #expect(PreTokenizerSteps(try entry.steps.json()) == entry.steps, "\(entry.name)")
      let text = try entry.steps.json()?.compactText ?? "null"
      #expect(PreTokenizerSteps(try JSONValue.parse(Array(text.utf8))) == entry.steps)
    }
  }

  @Test func noDefinitionHasTwoNames() {
    var seen = Set<String>()
    for entry in PreTokenizer.catalog {
      let key = entry.steps.steps.joined(separator: "\n") + "\(entry.ignoresMerges)"
      #expect(seen.insert(key).inserted, "\(entry.name)")
    }
  }

  @Test func bytesHaveGPT2sCharacters() {
    #expect(ByteCharacters.byte("Ġ") == 0x20 && ByteCharacters.byte("Ċ") == 0x0A)
    #expect(ByteCharacters.byte("ġ") == 0x7F && ByteCharacters.byte("ł") == 0xA0)
    #expect(ByteCharacters.byte("Ń") == 0xAD && ByteCharacters.byte(" ") == nil)
    let bytes = (0x21...0x143 as ClosedRange<UInt32>).compactMap { UnicodeScalar($0) }
      .compactMap { ByteCharacters.byte($0) }
    #expect(bytes.count == 256 && Set(bytes).count == 256)
  }
}
