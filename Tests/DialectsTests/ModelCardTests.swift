import Tensors
import Testing

@testable import Dialects

@Suite struct ModelCardTests {
  private func metadata(
    _ files: [String: String], override: String? = nil, total: Int = 8_030_000_000
  ) throws -> [MetadataEntry] {
    try ModelCard.metadata(
      of: ModelFiles(contents: files.mapValues { Array($0.utf8) }),
      override: override.map { try JSONValue.parse(Array($0.utf8)) },
      parameterCounts: ParameterCounts(total: total, shared: total))
  }

  private func card(_ yaml: String, total: Int = 0) throws -> [MetadataEntry] {
    try metadata(["README.md": "---\n" + yaml + "\n---\n"], total: total)
  }

  private func reason(_ body: () throws -> Void) -> String? {
    do {
      try body()
    } catch let error as ModelError {
      return error.reason
    } catch {
      return "\(error)"
    }
    return nil
  }

  static let wholeCard = """
    ---
    license: [apache-2.0, mit]
    license_name: "Some: licence"
    license_link: https://example.org/l#1
    language:
    - en
    - no
    - "yes"
    languages: de
    tags:
    \t- a
    \t- b c
    pipeline_tag: text-generation
    library_name: transformers
    base_model:
    - HuggingFaceTB/SmolLM2-135M-Instruct
    - https://huggingface.co/org/My-base-v0.2
    - https://example.org/else
    - ssh://git@x/y
    - name: Own
      author: Me
      repo_url: https://x
    - plain-name-v3
    datasets: [HuggingFaceFW/fineweb-edu, "https://huggingface.co/datasets/a/b"]
    model_creator: Someone
    model_name: "Näme 1"
    model_type: smollm
    version: v1.2.3
    url: https://u
    repo_url: https://r
    description: |
      Two
      lines
    model-index:
    - name: x
      results: [{task: {type: t}, dataset: {name: n}, metrics: [{value: 0.1}]}]
    widget: [{text: "R&D *x*"}]
    ---
    body
    ---

    """
  static let config = #"{"_name_or_path": "org/Big-Model-7B-chat-v2", "model_type": "llama"}"#

  private static func strings(_ prefix: String, _ pairs: [(String, String)]) -> [MetadataEntry] {
    pairs.map { MetadataEntry(prefix + $0.0, .string($0.1)) }
  }

  /// What gguf-py 0.19 writes for the same files in a folder whose name says nothing.
  static let wholeMetadata: [MetadataEntry] =
    [
      MetadataEntry("general.sampling.sequence", .string("top_k;temp")),
      MetadataEntry("general.sampling.top_k", .int32(40)),
      MetadataEntry("general.sampling.top_p", .float32(0.95)),
      MetadataEntry("general.sampling.temp", .float32(0.6)),
      MetadataEntry("general.sampling.penalty_repeat", .float32(1.1)),
      MetadataEntry("general.sampling.mirostat", .int32(2)),
    ]
    + strings(
      "general.",
      [
        ("name", "Näme 1"), ("author", "Someone"), ("version", "v1.2.3"), ("organization", "Org"),
        ("finetune", "chat"), ("basename", "smollm"), ("description", "Two\nlines\n"),
        ("size_label", "7B"), ("license", "apache-2.0,mit"), ("license.name", "Some: licence"),
        ("license.link", "https://example.org/l#1"), ("source.url", "https://u"),
        ("source.repo_url", "https://r"),
      ])
    + [MetadataEntry("general.base_model.count", .uint32(6))]
    + strings(
      "general.base_model.",
      [
        ("0.name", "SmolLM2 135M Instruct"), ("0.organization", "HuggingFaceTB"),
        ("0.repo_url", "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct"),
        ("1.name", "My Base v0.2"), ("1.version", "v0.2"), ("1.organization", "Org"),
        ("1.repo_url", "https://huggingface.co/org/My-base-v0.2"),
        ("2.repo_url", "https://example.org/else"), ("3.repo_url", "ssh://git@x/y"),
        ("4.name", "Own"), ("4.author", "Me"), ("4.repo_url", "https://x"),
        ("5.name", "Plain Name v3"), ("5.version", "v3"),
      ])
    + [MetadataEntry("general.dataset.count", .uint32(2))]
    + strings(
      "general.dataset.",
      [
        ("0.name", "Fineweb Edu"), ("0.organization", "HuggingFaceFW"),
        ("0.repo_url", "https://huggingface.co/HuggingFaceFW/fineweb-edu"),
        ("1.repo_url", "https://huggingface.co/datasets/a/b"),
      ])
    + [
      MetadataEntry("general.tags", .array(.string(["a", "b c", "text-generation"]))),
      MetadataEntry("general.languages", .array(.string(["de", "en", "no", "yes"]))),
    ]

  @Test func everythingIsAsByGGUFPy() throws {
    let generation = """
      {"temperature": 0.6, "top_k": 40, "top_p": 0.95, "repetition_penalty": 1.1, "min_p": null,
       "mirostat": 2, "do_sample": true, "eos_token_id": [1, 2], "sequence": "top_k;temp"}
      """
    let found = try metadata([
      "README.md": Self.wholeCard, "generation_config.json": generation,
      "config.json": Self.config,
    ])
    #expect(found == Self.wholeMetadata)
  }

  @Test func whatIsGivenCounts() throws {
    let found = try metadata(
      ["config.json": Self.config],
      override: """
        {"general.name": "O", "general.tags": ["t"], "general.sampling.top_k": 7,
         "general.base_models": [{"name": "N", "doi": "D"}], "general.quantized_by": "Q",
         "general.source.uuid": "U", "general.size_label": "9B", "general.version": null}
        """)
    #expect(
      found.map(\.key) == [
        "general.sampling.top_k", "general.name", "general.organization", "general.finetune",
        "general.basename", "general.quantized_by", "general.size_label", "general.source.uuid",
        "general.base_model.count", "general.base_model.0.name", "general.base_model.0.doi",
        "general.tags",
      ])
    #expect(found["general.name"] == .string("O"))
    #expect(found["general.sampling.top_k"] == .int32(7))
    #expect(found["general.size_label"] == .string("9B"))
  }

  @Test(arguments: [
    ("[]", "metadata-type"), (#"{"general.nme": "x"}"#, "metadata-key-unknown"),
    (#"{"name": "x"}"#, "metadata-key-unknown"), (#"{"general.name": 1}"#, "metadata-type"),
    (#"{"general.tags": "x"}"#, "metadata-type"), (#"{"general.tags": [1]}"#, "metadata-type"),
    (#"{"general.base_models": {}}"#, "metadata-type"),
    (#"{"general.base_models": ["x"]}"#, "metadata-type"),
    (#"{"general.base_models": [{"x": "y"}]}"#, "metadata-key-unknown"),
    (#"{"general.base_models": [{"name": 1}]}"#, "metadata-type"),
    (#"{"general.sampling.top_k": 1.5}"#, "metadata-type"),
    (#"{"general.sampling.top_k": 4294967296}"#, "metadata-type"),
    (#"{"general.sampling.temp": "hot"}"#, "metadata-type"),
    (#"{"general.sampling.temp": 1e999}"#, "metadata-type"),
  ])
  func anOverrideOfAnotherFormIsRefused(json: String, expected: String) {
    #expect(reason { _ = try metadata([:], override: json) } == expected)
  }

  @Test func noFilesSayOnlyTheSize() throws {
    #expect(try metadata([:]) == [MetadataEntry("general.size_label", .string("8.0B"))])
    #expect(try metadata([:], total: 0).isEmpty)
    #expect(try metadata([:], override: #"{"general.size_label": null}"#).isEmpty)
  }

  @Test(arguments: [
    "/home/me/Model-7B", "./Model-7B", "../Model-7B", "~/Model-7B", "a/b/Model-7B",
    "C:\\Model-7B", "",
  ])
  func aPathOfAComputerIsNoName(path: String) throws {
    let json = JSONValue.object(["_name_or_path": .string(path)]).compactText
    #expect(try metadata(["config.json": json], total: 0).isEmpty)
  }

  @Test func aQuantizedModelHasTheNameOfItsBase() throws {
    let name = MetadataEntry("general.name", .string("My Base"))
    #expect(try card("base_model: o/my-base\nbase_model_relation: quantized").contains(name))
    #expect(try !card("base_model: o/my-base\nbase_model_relation: finetune").contains(name))
    #expect(try !card("base_model: o/my-base").contains(name))
  }

  @Test(arguments: [
    #"{"top_k": 1.5}"#, #"{"top_k": "x"}"#, #"{"top_k": 3000000000}"#, #"{"temperature": 1e999}"#,
    #"{"temperature": []}"#, #"{"sequence": 1}"#,
  ])
  func aSamplingParameterOfAnotherTypeIsRefused(json: String) {
    #expect(
      reason { _ = try metadata(["generation_config.json": json]) } == "generation-config-type")
  }

  @Test func aBrokenFileIsNamed() {
    do {
      _ = try metadata(["generation_config.json": "{"])
      Issue.record("nothing was thrown")
    } catch let error as ModelError {
      #expect(error.context.file == "generation_config.json")
      #expect(error.code == .malformed)
    } catch {
      Issue.record("\(error)")
    }
  }
}
