import Tensors
import Testing

@testable import Dialects

@Suite struct ArchitectureFileTests {
  @Test func everyFileParses() throws {
    for entry in ArchitectureCatalog.program.entries {
      let architecture = try ArchitectureCatalog.program.architecture(named: entry.name)
      #expect(!architecture.summary.isEmpty, "\(entry.name)")
      guard !entry.name.hasSuffix("-base") else { continue }
      #expect(!architecture.classes.isEmpty && !architecture.llamaCpp.isEmpty, "\(entry.name)")
      #expect(!architecture.tensors.isEmpty && !architecture.modelTypes.isEmpty, "\(entry.name)")
    }
  }

  /// A second rule for a key has to say when it holds, or that it does not come back.
  @Test func noFileNamesAKeyTwice() throws {
    for entry in ArchitectureCatalog.program.entries {
      let own = try ArchitectureFile.parse(
        String(decoding: entry.bytes, as: UTF8.self), name: entry.name
      ) { (base) throws(ModelError) in Architecture(named: base) }
      let keys = own.config.filter { $0.conditions.isEmpty && !$0.isForward }.map(\.key)
      #expect(Set(keys).count == keys.count, "\(entry.name)")
    }
  }

  /// Each name of Hugging Face has one rule, and what `unless` and `output` name exists.
  @Test func rulesFitTogether() throws {
    for name in Translation.architectures {
      let architecture = try ArchitectureCatalog.program.architecture(named: name)
      let names = architecture.tensors.map(\.huggingFace)
      #expect(Set(names).count == names.count, "\(name)")
      for rule in architecture.tensors {
        if let unless = rule.unless { #expect(names.contains(unless), "\(name)") }
        if let stack = rule.stack { #expect(architecture.sizes[stack] != nil, "\(name)") }
      }
      if let output = architecture.outputTensor {
        #expect(architecture.tensors.contains { $0.llamaCpp.map(\.text) == [output] })
      }
    }
  }

  private func parse(_ text: String) throws -> Architecture {
    try ArchitectureFile.parse(text, name: "test") { (name) throws(ModelError) in
      throw ModelError(.notFound, "unknown-architecture-file", name)
    }
  }

  @Test(arguments: [
    ("", "architecture-syntax"),
    ("- a", "architecture-syntax"),
    ("a: &x 1", "architecture-syntax"),
    ("summary: [a]", "architecture-syntax"),
    ("color: red", "architecture-key"),
    ("tensors: [{hf: a}]", "architecture-syntax"),
    ("tensors: [{hf: a, gguf: b, axes: \"a b -> b c\"}]", "architecture-axes"),
    ("tensors: [{hf: a, gguf: b, axes: \"a b\"}]", "architecture-axes"),
    ("tensors: [{hf: a, gguf: b, axes: \"(a b -> b a\"}]", "architecture-axes"),
    ("tensors: [{hf: a, gguf: [b, c]}]", "architecture-syntax"),
    ("tensors: [{hf: \"a.{e}.b\", gguf: c}]", "architecture-syntax"),
    ("config: [{kv: a, type: u99}]", "architecture-syntax"),
    ("config: [{kv: a, value: \"1 +\"}]", "architecture-expression"),
    ("config: [{kv: a, generate: luck}]", "architecture-syntax"),
    ("extends: other", "unknown-architecture-file"),
  ]) func faultsAreNamed(_ text: String, _ reason: String) {
    let error = #expect(throws: ModelError.self) { try parse(text) }
    #expect(error?.reason == reason)
    #expect(error?.context.file == "test.yaml")
  }

  @Test func aFileThatIsTooLargeIsRefused() {
    let text = String(repeating: "#", count: ArchitectureYAML.maximumByteCount + 1)
    let error = #expect(throws: ModelError.self) { try parse(text) }
    #expect(error?.reason == "architecture-too-large")
  }
}
