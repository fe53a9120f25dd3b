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

  @Test func presetsAreNamedAsTheirEncodings() throws {
    #expect(
      testCatalog.presetNames == [
        "copy", "F32", "BF16", "F16", "F8_E4M3", "F8_E5M2", "Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0",
      ])
    for recipe in try testCatalog.presets().dropFirst() {
      #expect(
        recipe.fallThrough.encoding == .type(try #require(ElementType(rawValue: recipe.name))))
    }
  }

  @Test func findsPresetsWhateverTheCase() throws {
    #expect(try testCatalog.load("q4_0").name == "Q4_0")
  }

  @Test func listsWhatThereIsForAnUnknownName() {
    let error = #expect(throws: ModelError.self) { try testCatalog.load("Q4_K_M") }
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
