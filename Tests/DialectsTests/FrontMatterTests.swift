import Tensors
import Testing

@testable import Dialects

/// What is read between the first two lines `---` of a card, and what is refused.
@Suite struct FrontMatterTests {
  private func metadata(_ text: String) throws -> [MetadataEntry] {
    try ModelCard.metadata(
      of: ModelFiles(contents: ["README.md": Array(text.utf8)]), override: nil,
      parameterCounts: ParameterCounts(total: 0, shared: 0))
  }

  private func card(_ yaml: String) throws -> [MetadataEntry] {
    try metadata("---\n" + yaml + "\n---\n")
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

  @Test(arguments: [
    "", "no card", "--- \nname: x\n---\n", "\u{FEFF}---\nname: x\n---\n", "---\nname: x\n",
    "---\n---\n", "---\n- a\n---\n", "---\nx\n---\n", "---\n\n---\nname: x",
    "a\n---\nname: x\n---\n",
  ])
  func aTextWithoutFrontMatterSaysNothing(text: String) throws {
    #expect(try metadata(text).isEmpty)
  }

  @Test(arguments: ["\n", "\r\n", "\r"]) func linesEndInAnyWay(end: String) throws {
    let text = ["---", "name: x", "tags: [a]", "---", "body"].joined(separator: end)
    #expect(
      try metadata(text) == [
        MetadataEntry("general.name", .string("x")),
        MetadataEntry("general.tags", .array(.string(["a"]))),
      ])
  }

  @Test func emptyValuesSayNothing() throws {
    #expect(try card("name:\nauthor: ~\nversion: ''\ntags: []\nlicense: null\nlanguage: ").isEmpty)
    #expect(
      try card("base_model:") == [MetadataEntry("general.base_model.count", .uint32(0))])
  }

  @Test(arguments: [
    "name: [a]", "name: {a: b}", "tags: {a: b}", "tags: [[a]]", "license: {a: b}",
    "base_model: {a: b}", "base_model: [[a]]", "base_model: [{name: [a]}]",
  ])
  func aValueOfAnotherTypeIsRefused(yaml: String) {
    #expect(reason { _ = try card(yaml) } == "front-matter-type")
  }

  @Test(arguments: [
    "a: [", "a: b: c", "\u{1}: x", "a: 1\na: 2", "%bad\n", "a: *x", "a: !<x", "a: 'x",
    "--- a\n--- b",
  ])
  func whatIsNoYAMLIsRefused(yaml: String) {
    let error = reason { _ = try card(yaml) }
    #expect(error == "front-matter-syntax")
  }

  @Test func aBombOfAliasesIsRefused() {
    var lines = ["l0: &l0 [x, x]"]
    for level in 1...40 {
      let alias = "*l\(level - 1)"
      lines.append("l\(level): &l\(level) [" + [alias, alias].joined(separator: ", ") + "]")
    }
    let bomb = lines.joined(separator: "\n")
    #expect(reason { _ = try card(bomb) } == "front-matter-aliases")
    #expect(reason { _ = try card(bomb + "\n? *l40\n: x") } == "front-matter-aliases")
    #expect(reason { _ = try card("a: &a {" + "? *a : *a,") } == "front-matter-syntax")
  }

  @Test func aFewAliasesAreTaken() throws {
    let found = try card("name: &n Model\nauthor: *n\ntags: [*n, 'A&B', Q & A, x *y*]")
    #expect(found["general.author"] == .string("Model"))
    #expect(found["general.tags"] == .array(.string(["Model", "A&B", "Q & A", "x *y*"])))
  }

  @Test(arguments: ["- ", "[", "{a: ", "- [", "a: {b: ["])
  func whatNestsTooDeepIsRefused(opener: String) {
    for count in [65, 500, 100_000] {
      let text = "k:\n  " + String(repeating: opener, count: count)
      let found = reason { _ = try card(text) }
      #expect(
        ["front-matter-syntax", "front-matter-too-deep"].contains(found), "\(found ?? "nothing")")
    }
    let closed = "k: " + String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    #expect(reason { _ = try card(closed) } == "front-matter-too-deep")
  }

  @Test func keysThatAreNoTextSayNothing() throws {
    let nested = "k:\n  " + String(repeating: "? ", count: 500) + "x"
    #expect(try card(nested).isEmpty)
    #expect(reason { _ = try card("k:\n  " + String(repeating: "? ", count: 100_000)) } != nil)
    #expect(try card("? [a, b]\n: c\nname: x").map(\.key) == ["general.name"])
  }

  @Test func aCardThatIsTooLargeIsRefused() {
    let found = reason { _ = try card("a: " + String(repeating: "x", count: 5 << 20)) }
    #expect(found == "front-matter-too-large")
  }

  @Test func theErrorNamesFileAndLine() throws {
    do {
      _ = try card("a: b\nc: [")
      Issue.record("nothing was thrown")
    } catch let error as ModelError {
      #expect(error.context.file == "README.md")
      #expect(error.message.contains("line "))
    }
  }
}
