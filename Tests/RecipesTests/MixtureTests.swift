import Dialects
import Tensors
import Testing

@testable import Recipes

/// Presets against llama.cpp's own tables, tensor by tensor; `Goldens/make_schemas.py` says where
/// they come from.
@Suite struct MixtureTests {
  /// Models of llama.cpp's snapshots, then those computed by its library.
  static let models = [
    "deepseek-v3.1", "gemma-3-4b-it", "glm-4.6v", "gpt-oss-120b", "meta-llama-3.1-70b-instruct",
    "nvidia-nemotron-3-nano-30b-a3b", "qwen3-0.6b", "qwen3-14b", "qwen3-coder-next",
    "qwen3.5-397b-a17b", "qwen3.6-27b", "step-3.5-flash",
    "library-bailingmoe3", "library-deepseek-v2-lite", "library-falcon-40b", "library-falcon-7b",
    "library-gemma-3n", "library-glm5-next", "library-llama-2-7b", "library-llama-65b",
    "library-mixtral-8x7b", "library-mixtral-one-tensor-an-expert", "library-rows-of-40",
    "library-smollm2-135m", "library-t5-small",
  ]

  @Test(arguments: models)
  func everyTensorIsWhatLlamaQuantizeMakesIt(name: String) throws {
    let golden = try SchemaGolden(name)
    #expect(golden.tables.count >= 33)
    let model = Model(tensors: golden.tensors, metadata: golden.metadata)
    for (fileType, expected) in golden.tables {
      let recipe = try testCatalog.load(fileType)
      let decisions = try recipe.decide(golden.tensors, model.meanings, of: model.facts)
      for (tensor, decision) in zip(golden.tensors, decisions) {
        #expect(
          decision.encoding == expected[tensor.name],
          "\(fileType) \(tensor.name): \(decision.rule)")
      }
    }
  }

  @Test func theTablesAreOfAllFileTypes() throws {
    let golden = try SchemaGolden("library-llama-2-7b")
    let ours: Set = ["copy", "F8_E4M3", "F8_E5M2", "NVFP4"]
    #expect(Set(golden.tables.keys) == Set(testCatalog.presetNames).subtracting(ours))
  }
}

/// One file of `Goldens/`.
struct SchemaGolden {
  let metadata: [MetadataEntry]
  let tensors: [TensorInfo]
  /// For each file type the encoding of each tensor.
  let tables: [String: [String: ElementType]]

  init(_ name: String) throws {
    let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let source = try FileByteSource(path: "\(folder)/Goldens/\(name).json")
    let json = try JSONValue.parse(try source.bytes(at: 0, byteCount: source.byteCount))
    let architecture = try #require(json["architecture"]?.string)
    func entry(_ key: String, _ member: String) throws -> MetadataEntry {
      let number = try #require(json[member]?.integer)
      return MetadataEntry("\(architecture).\(key)", .uint32(UInt32(number)))
    }
    metadata = [
      MetadataEntry("general.architecture", .string(architecture)),
      try entry("block_count", "layers"), try entry("expert_count", "experts"),
      try entry("attention.head_count", "heads"),
      try entry("attention.head_count_kv", "keyValueHeads"),
    ]
    var tensors: [TensorInfo] = []
    for group in try #require(json["tensors"]?.array) {
      let parts = try #require(group.array)
      let shape = try #require(parts[0].array).compactMap(\.integer)
      for pattern in try #require(parts[1].array).compactMap(\.string) {
        for name in SchemaGolden.names(pattern) {
          tensors.append(try tensor(name, .F32, shape))
        }
      }
    }
    // The order in a file must not matter.
    self.tensors = tensors.reversed()
    var tables: [String: [String: ElementType]] = [:]
    for (fileType, table) in try #require(json["types"]?.object) {
      let usual = try SchemaGolden.type(table["default"]?.string)
      var types = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, usual) })
      for (key, patterns) in try #require(table.object) where key != "default" {
        let type = try SchemaGolden.type(key)
        for pattern in try #require(patterns.array).compactMap(\.string) {
          for name in SchemaGolden.names(pattern) {
            try #require(types.updateValue(type, forKey: name) != nil, "\(name) is no tensor")
          }
        }
      }
      tables[fileType] = types
    }
    self.tables = tables
  }

  private static func type(_ name: String?) throws -> ElementType {
    try #require(name.flatMap { ElementType(rawValue: $0) })
  }

  /// `blk.{0-2,5}.x` is `blk.0.x`, `blk.1.x`, `blk.2.x` and `blk.5.x`.
  private static func names(_ pattern: String) -> [String] {
    guard let open = pattern.firstIndex(of: "{"), let close = pattern.firstIndex(of: "}") else {
      return [pattern]
    }
    return pattern[pattern.index(after: open)..<close].split(separator: ",").flatMap { part in
      let bounds = part.split(separator: "-").compactMap { Int($0) }
      return (bounds[0]...bounds[bounds.count - 1]).map {
        "\(pattern[..<open])\($0)\(pattern[pattern.index(after: close)...])"
      }
    }
  }
}
