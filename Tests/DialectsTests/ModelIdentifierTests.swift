import Tensors
import Testing

@testable import Dialects

/// What gguf-py 0.19's `metadata.py` and `utility.py` say of the same.
@Suite struct ModelIdentifierTests {
  /// Id, parameters, then name, organization, basename, finetune, version and size, and the title.
  private static let known: [(String, Int, [String?], String)] = [
    (
      "meta-llama/Llama-2-7b-hf", 0, ["Llama-2-7b-hf", "meta-llama", "Llama-2", "hf", nil, "7B"],
      "Meta llama/Llama 2 7b Hf"
    ),
    (
      "HuggingFaceTB/SmolLM2-135M-Instruct", 0,
      ["SmolLM2-135M-Instruct", "HuggingFaceTB", "SmolLM2", "Instruct", nil, "135M"],
      "HuggingFaceTB/SmolLM2 135M Instruct"
    ),
    (
      "mistralai/Mixtral-8x7B-Instruct-v0.1", 0,
      ["Mixtral-8x7B-Instruct-v0.1", "mistralai", "Mixtral", "Instruct", "v0.1", "8x7B"],
      "mistralai/Mixtral 8x7B Instruct v0.1"
    ),
    (
      "Qwen/Qwen3-30B-A3B", 0, ["Qwen3-30B-A3B", "Qwen", "Qwen3", nil, nil, "30B-A3B"],
      "Qwen/Qwen3 30B A3B"
    ),
    (
      "bigscience/bloom-7b1-petals", 0,
      ["bloom-7b1-petals", "bigscience", "bloom", "petals", nil, "7.1B"],
      "Bigscience/Bloom 7b1 Petals"
    ),
    (
      "microsoft/Phi-3-mini-4k-instruct", 0,
      ["Phi-3-mini-4k-instruct", "microsoft", "Phi-3-mini", "instruct", nil, "4K"],
      "microsoft/Phi 3 Mini 4k Instruct"
    ),
    (
      "sentence-transformers/all-MiniLM-L6-v2", 0,
      ["all-MiniLM-L6-v2", "sentence-transformers", "all-MiniLM-L6", nil, "v2", nil],
      "Sentence Transformers/All MiniLM L6 v2"
    ),
    (
      "openai-community/gpt2", 0, ["gpt2", "openai-community", nil, nil, nil, nil],
      "Openai Community/Gpt2"
    ),
    ("gpt2-xl", 0, ["gpt2-xl", nil, "gpt2", nil, nil, "xl"], "Gpt2 Xl"),
    ("./model-1b", 0, ["model-1b", nil, "model", nil, nil, "1B"], "./Model 1b"),
    ("My Model Name", 0, ["My Model Name", nil, nil, nil, nil, nil], "My Model Name"),
    (
      "google/gemma-3-4b-it", 0, ["gemma-3-4b-it", "google", "gemma-3", "it", nil, "4B"],
      "Google/Gemma 3 4b It"
    ),
    (
      "TheBloke/Mistral-7B-Instruct-v0.2-GGUF", 0,
      ["Mistral-7B-Instruct-v0.2-GGUF", "TheBloke", "Mistral", "Instruct-GGUF", "v0.2", "7B"],
      "TheBloke/Mistral 7B Instruct v0.2 GGUF"
    ),
    ("a/b/c", 0, ["b/c", "a", nil, nil, nil, nil], "A/B/C"),
    (
      "crestf411/daybreak-kunoichi-2dpo-7b-v1.5-q4_k_m", 0,
      [
        "daybreak-kunoichi-2dpo-7b-v1.5-q4_k_m", "crestf411", "daybreak-kunoichi", "2dpo", "v1.5",
        "7B",
      ], "Crestf411/Daybreak Kunoichi 2dpo 7b v1.5 Q4_K_M"
    ),
    (
      "Meta-Llama-3-8B", 0, ["Meta-Llama-3-8B", nil, "Meta-Llama-3", nil, nil, "8B"],
      "Meta Llama 3 8B"
    ),
    (
      "stabilityai/stablelm-2-1_6b", 0,
      ["stablelm-2-1_6b", "stabilityai", "stablelm-2", nil, nil, "1.6B"],
      "Stabilityai/Stablelm 2 1_6b"
    ),
    ("x--y-", 0, ["x--y-", nil, nil, nil, nil, nil], "X Y"),
    ("q8_0", 0, ["q8_0", nil, nil, nil, nil, nil], "Q8_0"),
    (
      "NousResearch/Yarn-Llama-2-7b-128k", 0,
      ["Yarn-Llama-2-7b-128k", "NousResearch", "Yarn-Llama-2", nil, nil, "7B-128K"],
      "NousResearch/Yarn Llama 2 7b 128k"
    ),
    (
      "delta-vector-iter3-9b-f16", 0,
      ["delta-vector-iter3-9b-f16", nil, "delta-vector-iter3", nil, nil, "9B"],
      "Delta Vector Iter3 9b F16"
    ),
    ("bert-base-uncased", 0, ["bert-base-uncased", nil, nil, nil, nil, nil], "Bert Base Uncased"),
    ("org/", 0, ["", "org", nil, nil, nil, nil], "Org/"),
    (
      "Qwen2.5-0.5b-instruct-fp16-large", 0,
      ["Qwen2.5-0.5b-instruct-fp16-large", nil, "Qwen2.5", "instruct-large", nil, "0.5B"],
      "Qwen2.5 0.5b Instruct Fp16 Large"
    ),
    (
      "internlm/internlm2_5-20b-chat", 0,
      ["internlm2_5-20b-chat", "internlm", "internlm2_5", "chat", nil, "20B"],
      "Internlm/Internlm2_5 20b Chat"
    ),
    (
      "v2-1.5-model-small", 0, ["v2-1.5-model-small", nil, "v2-1.5-model", nil, nil, "small"],
      "v2 1.5 Model Small"
    ),
    (
      "org/ÉCLAIR-éclair-3b", 0, ["ÉCLAIR-éclair-3b", "org", "ÉCLAIR-éclair", nil, nil, "3B"],
      "org/ÉCLAIR Éclair 3b"
    ),
    (
      "iq2_xs-x-xxl-560m", 0, ["iq2_xs-x-xxl-560m", nil, "iq2_xs-x-xxl", nil, nil, "560M"],
      "Iq2_Xs X Xxl 560m"
    ),
    (
      "HuggingFaceTB/SmolLM2-135M-Instruct", 8_030_000_000,
      ["SmolLM2-135M-Instruct", "HuggingFaceTB", "SmolLM2", "135m-Instruct", nil, nil],
      "HuggingFaceTB/SmolLM2 135M Instruct"
    ),
    (
      "Qwen/Qwen3-30B-A3B", 8_030_000_000, ["Qwen3-30B-A3B", "Qwen", "Qwen3", "30b", nil, "A3B"],
      "Qwen/Qwen3 30B A3B"
    ),
    (
      "microsoft/Phi-3-mini-4k-instruct", 8_030_000_000,
      ["Phi-3-mini-4k-instruct", "microsoft", "Phi-3", "4k-instruct", nil, "mini"],
      "microsoft/Phi 3 Mini 4k Instruct"
    ),
    ("./model-1b", 8_030_000_000, ["model-1b", nil, "model", "1b", nil, nil], "./Model 1b"),
    (
      "NousResearch/Yarn-Llama-2-7b-128k", 8_030_000_000,
      ["Yarn-Llama-2-7b-128k", "NousResearch", "Yarn-Llama-2", "128k", nil, "7B"],
      "NousResearch/Yarn Llama 2 7b 128k"
    ),
    (
      "Qwen2.5-0.5b-instruct-fp16-large", 8_030_000_000,
      ["Qwen2.5-0.5b-instruct-fp16-large", nil, "Qwen2.5", "0.5b-instruct", nil, "large"],
      "Qwen2.5 0.5b Instruct Fp16 Large"
    ),
    (
      "internlm/internlm2_5-20b-chat", 8_030_000_000,
      ["internlm2_5-20b-chat", "internlm", "internlm2_5", "20b-chat", nil, nil],
      "Internlm/Internlm2_5 20b Chat"
    ),
    (
      "iq2_xs-x-xxl-560m", 8_030_000_000,
      ["iq2_xs-x-xxl-560m", nil, "iq2_xs-x", "560m", nil, "xxl"], "Iq2_Xs X Xxl 560m"
    ),
  ]

  @Test(arguments: known.indices) func anIdSaysWhatGGUFPySays(index: Int) {
    let (id, count, expected, title) = Self.known[index]
    let found = ModelIdentifier(id, parameterCount: count)
    let parts = [
      found.name, found.organization, found.basename, found.finetune, found.version,
      found.sizeLabel,
    ]
    #expect(parts == expected.map { $0 == "" ? nil : $0 }, "\(id)")
    #expect(ModelIdentifier.title(of: id) == title)
  }

  @Test(arguments: [
    (1, "0.00K"),
    (999, "1.0K"),
    (1000, "1.0K"),
    (1234, "1.2K"),
    (9949, "10K"),
    (12500, "12K"),
    (13500, "14K"),
    (99500, "100K"),
    (134_515_008, "135M"),
    (1_000_000, "1000K"),
    (1_000_001, "1.0M"),
    (1_500_000_000, "1.5B"),
    (494_032_768, "494M"),
    (999_500_000, "1000M"),
    (7_241_732_096, "7.2B"),
    (46_702_792_704, "47B"),
    (1_000_000_001, "1.0B"),
    (2_500_000_000, "2.5B"),
    (1_000_000_000_001, "1.0T"),
    (671_000_000_000, "671B"),
  ])
  func aSizeIsRoundedAsByPython(count: Int, label: String) {
    #expect(ParameterCounts(total: count, shared: count).sizeLabel == label)
  }

  @Test func expertsAreCountedOnce() throws {
    func tensor(_ name: String, _ extents: [Int]) throws -> TensorInfo {
      let shape = try Shape(extents)
      return TensorInfo(
        name: name, elementType: .F32, shape: shape, offset: 0, byteCount: 4 * shape.elementCount)
    }
    let counts = try ParameterCounts([
      tensor("blk.0.ffn_up_exps.weight", [8, 300, 100]), tensor("a", [7]),
      tensor("blk.0.ffn_up_exps.bias", [1, 8, 300]), tensor("blk.1.ffn_up_exps.weight", [8, 30]),
      tensor("blk.2.ffn_up_exps.weight", [0, 30, 4]),
    ])
    #expect(
      counts
        == ParameterCounts(
          total: 240_000 + 7 + 2400 + 240, shared: 7 + 240, expert: 30_300, expertCount: 8))
    #expect(
      ParameterCounts(
        total: 46_702_792_704, shared: 1_600_000_000, expert: 5_640_000_000, expertCount: 8
      )
      .sizeLabel == "8x7.2B")
    #expect(try ParameterCounts([]).sizeLabel == nil)
  }

  @Test(arguments: [
    "", "/", "//", "-", "---", "a/", "/a", ".", "x-0x7B", "x-9999999999999999999999999999999b",
    "\u{0}", "é-1é", "x-k", "x-1_", "x-1.b", "x-a", "x-1x", "q", "iq", "v", "iter", "x-b1",
  ])
  func oddIdsAreNoTrap(id: String) {
    for count in [0, 1, Int.max] {
      let parts = ModelIdentifier(id, parameterCount: count)
      #expect(parts.name.map { id.hasSuffix($0) } ?? true)
      #expect(parts.sizeLabel?.isEmpty != true)
    }
  }
}
