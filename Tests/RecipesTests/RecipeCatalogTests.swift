import Tensors
import Testing

@testable import Recipes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct RecipeCatalogTests {
  /// A folder that goes away with this object.
  private final class Folder {
    let path: String

    init() {
      let root = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
      var template = Array((root + "/ingot-recipes-XXXXXX").utf8CString)
      path = template.withUnsafeMutableBufferPointer { buffer in
        _ = mkdtemp(buffer.baseAddress!)
        return String(cString: buffer.baseAddress!)
      }
    }

    deinit {
      for name in names(in: path) { unlink(path + "/" + name) }
      rmdir(path)
    }

    func write(_ name: String, _ text: String) throws -> String {
      let file = try #require(fopen(path + "/" + name, "w"))
      fputs(text, file)
      fclose(file)
      return path + "/" + name
    }
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var result: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { result.append(name) }
    }
    return result
  }

  @Test func everyPresetFileIsListed() {
    var parts = #filePath.split(separator: "/").dropLast(3)
    parts += ["Sources", "Recipes", "Presets"]
    let files = RecipeCatalogTests.names(in: "/" + parts.joined(separator: "/"))
    #expect(Set(files) == Set(PresetFile.all.map { $0.name + ".yaml" }))
  }

  @Test func everyPresetNamesItselfAndSaysWhatItIs() throws {
    for preset in PresetFile.all {
      let file = try RecipeFile.parse(
        String(decoding: preset.bytes, as: UTF8.self), label: preset.name + ".yaml",
        vocabulary: testVocabulary)
      #expect(file.name == preset.name)
      #expect(!file.summary.isEmpty)
      #expect((file.encoding == nil) == preset.isBase)
    }
  }

  @Test func presetsGoFromExactToSmall() {
    #expect(
      testCatalog.presetNames == [
        "copy", "F32", "BF16", "F16", "F8_E4M3", "F8_E5M2", "Q8_0", "Q6_K", "Q5_1", "Q5_K_M",
        "Q5_K_S", "Q5_0", "Q4_1", "Q4_K_M", "Q4_K_S", "Q4_0", "IQ4_NL", "NVFP4", "IQ4_XS",
        "MXFP4_MOE", "Q3_K_L", "Q3_K_M", "IQ3_M", "Q3_K_S", "IQ3_S", "IQ3_XS", "IQ3_XXS", "Q2_K",
        "Q2_K_S", "IQ2_M", "IQ2_S", "IQ2_XS", "Q2_0", "IQ2_XXS", "TQ2_0", "IQ1_M", "TQ1_0",
        "IQ1_S", "Q1_0",
      ])
  }

  @Test(arguments: ["Q3_K", "q4_k", "Q5_K"])
  func knowsTheOtherNamesOfMixtures(name: String) throws {
    #expect(try testCatalog.load(name).name == name.uppercased() + "_M")
  }

  @Test func findsPresetsWhateverTheCase() throws {
    #expect(try testCatalog.load("q4_0").name == "Q4_0")
  }

  @Test func listsWhatThereIsForAnUnknownName() {
    let error = #expect(throws: ModelError.self) { try testCatalog.load("Q4_K_X") }
    #expect(error?.code == .notFound)
    #expect(error?.reason == "unknown-recipe")
    #expect(error?.message.contains("copy, F32, BF16") == true)
  }

  @Test func aBaseAloneHasNoEncoding() {
    let error = #expect(throws: ModelError.self) { try testCatalog.load("gguf-base") }
    #expect(error?.reason == "recipe-without-encoding")
  }

  @Test func extendsInOrderOwnRulesFirst() throws {
    let folder = Folder()
    _ = try folder.write(
      "parent.yaml",
      """
      encoding: Q8_0
      method: search
      fallback: [F16]
      rules: [{match: x, encoding: F16}, {match: y, encoding: F16}]
      """)
    let path = try folder.write(
      "child.yaml",
      """
      extends: [./parent.yaml, gguf-base]
      encoding: Q4_0
      rules: [{match: x, encoding: F32}]
      """)
    let recipe = try testCatalog.load(path)
    #expect(recipe.name == "child")
    #expect(
      recipe.rules.prefix(4).map(\.origin) == [
        "child.yaml rule 1", "parent.yaml rule 1", "parent.yaml rule 2", "gguf-base.yaml rule 1",
      ])
    #expect(recipe.fallThrough.encoding == .type(.Q4_0))
    #expect(recipe.fallThrough.origin == "child.yaml default")
    #expect(recipe.method == "search" && recipe.fallback == [.F16])
    #expect(try decide(recipe, "x", .BF16, [2, 32]).encoding == .F32)
    #expect(try decide(recipe, "y", .BF16, [2, 32]).encoding == .F16)
  }

  @Test func rulesOfWhatAFileComesAfterAreConsultedFirst() throws {
    let folder = Folder()
    _ = try folder.write("first.yaml", "rules: [{match: x, encoding: F16}]")
    _ = try folder.write("last.yaml", "{encoding: Q8_0, rules: [{match: x, encoding: BF16}]}")
    let path = try folder.write(
      "child.yaml",
      """
      after: ./first.yaml
      extends: ./last.yaml
      encoding: Q4_0
      rules: [{match: "*", encoding: F32}]
      """)
    let recipe = try testCatalog.load(path)
    #expect(
      recipe.rules.map(\.origin) == [
        "first.yaml rule 1", "child.yaml rule 1", "last.yaml rule 1",
      ])
    #expect(recipe.fallThrough.encoding == .type(.Q4_0))
  }

  @Test func aTableOfFallbacksIsMergedAndAListUndoesIt() throws {
    let folder = Folder()
    _ = try folder.write("a.yaml", "fallback: {Q4_K: [Q5_0, F16], Q6_K: Q8_0}")
    let table = try folder.write(
      "b.yaml", "{extends: ./a.yaml, encoding: Q4_K, fallback: {q6_k: [F16]}}")
    #expect(try testCatalog.load(table).fallbacks == [.Q4_K: [.Q5_0, .F16], .Q6_K: [.F16]])
    let list = try folder.write("c.yaml", "{extends: ./a.yaml, encoding: Q4_K, fallback: BF16}")
    let recipe = try testCatalog.load(list)
    #expect(recipe.fallbacks.isEmpty && recipe.fallback == [.BF16])
  }

  @Test func aFileTypeGoesWithTheEncoding() throws {
    let folder = Folder()
    let same = try folder.write("a.yaml", "{extends: Q4_K_M, rules: [{match: x, encoding: F16}]}")
    #expect(try testCatalog.load(same).fileType == 15)
    let other = try folder.write("b.yaml", "{extends: Q4_K_M, encoding: Q6_K}")
    #expect(try testCatalog.load(other).fileType == nil)
  }

  @Test func joinsACommonAncestorOnce() throws {
    let folder = Folder()
    _ = try folder.write("a.yaml", "rules: [{match: x, encoding: F16}]")
    _ = try folder.write("b.yaml", "extends: ./a.yaml")
    _ = try folder.write("c.yaml", "extends: ./a.yaml")
    let path = try folder.write("d.yaml", "{extends: [./b.yaml, ./c.yaml], encoding: Q8_0}")
    #expect(try testCatalog.load(path).rules.count == 1)
  }

  @Test func refusesCircles() throws {
    let folder = Folder()
    let path = try folder.write("a.yaml", "{extends: ./b.yaml, encoding: F16}")
    _ = try folder.write("b.yaml", "extends: ./a.yaml")
    let error = #expect(throws: ModelError.self) { try testCatalog.load(path) }
    #expect(error?.reason == "recipe-cycle")
  }

  @Test func refusesMissingFilesFoldersAndOtherText() throws {
    let folder = Folder()
    let missing = #expect(throws: ModelError.self) { try testCatalog.load("./no.yaml") }
    #expect(missing?.reason == "no-such-file")
    let directory = #expect(throws: ModelError.self) { try testCatalog.load(folder.path) }
    #expect(directory?.reason == "not-a-regular-file")
    let path = try folder.write("a.yaml", "name: \u{FF}")
    let file = try #require(fopen(path, "w"))
    fputc(0xFF, file)
    fclose(file)
    let garbage = #expect(throws: ModelError.self) { try testCatalog.load(path) }
    #expect(garbage?.reason == "not-utf8")
  }

  @Test func canonicalFormsHoldNoNameAndNoPath() throws {
    let folder = Folder()
    let text = String(
      decoding: try #require(PresetFile.all.first { $0.name == "Q4_0" }).bytes, as: UTF8.self)
    let path = try folder.write("mine.yaml", "# a comment\n" + text)
    let mine = try testCatalog.load(path)
    #expect(mine.canonicalForm == (try testCatalog.load("Q4_0")).canonicalForm)
  }
}
