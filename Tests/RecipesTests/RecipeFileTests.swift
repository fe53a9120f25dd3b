import Tensors
import Testing

@testable import Recipes

@Suite struct RecipeFileTests {
  private func parse(_ yaml: String) throws -> RecipeFile {
    try RecipeFile.parse(yaml, label: "mine.yaml", vocabulary: testVocabulary)
  }

  @Test func readsEveryKey() throws {
    let file = try parse(
      """
      name: Mine
      summary: "one line"
      version: 1.10
      extends: [gguf-base, ./other.yaml]
      encoding: q4_0
      method: search
      fallback: F16
      allow-requantize: true
      rules:
        - match: '*.attn_v.weight'
          except: ['re:^blk\\.0\\.', x]
          role: attention-v
          minimum-rank: 2
          maximum-rank: 3
          source: [F32, F16]
          encoding: Q8_0
          method: nearest
          fallback: []
      """)
    #expect(file.name == "Mine" && file.summary == "one line" && file.version == "1.10")
    #expect(file.extends == ["gguf-base", "./other.yaml"])
    #expect(file.encoding == .type(.Q4_0) && file.method == "search" && file.fallback == [.F16])
    #expect(file.allowsRequantization == true)
    var rule = Rule(.type(.Q8_0), origin: "mine.yaml rule 1")
    rule.match = [try NamePattern("*.attn_v.weight")]
    rule.except = [try NamePattern(#"re:^blk\.0\."#), try NamePattern("x")]
    rule.roles = [.attentionV]
    rule.minimumRank = 2
    rule.maximumRank = 3
    rule.sources = [.F32, .F16]
    rule.method = "nearest"
    rule.fallback = []
    #expect(file.rules == [rule])
  }

  @Test func readsCriteriaAboutThePlaceAndTheModel() throws {
    let file = try parse(
      """
      after: gguf-base
      encoding: Q4_K
      fallback: {Q4_K: [Q5_0, F16], Q5_0: F16}
      requires-importance: Q2_K
      file-type: 15
      rules:
        - kind: [attention-v, ffn-down]
          layers: from 1/8 to 7/8
          ordinal: first 1/8 of layers
          architecture: [falcon, llama]
          experts: 8
          gqa: ">=4"
          size: 70B
          importance: absent
          encoding: Q6_K
      """)
    #expect(file.after == ["gguf-base"] && file.fileType == 15)
    #expect(file.fallback == nil && file.fallbacks == [.Q4_K: [.Q5_0, .F16], .Q5_0: [.F16]])
    #expect(file.requiresImportance == [.Q2_K])
    var rule = Rule(.type(.Q6_K), origin: "mine.yaml rule 1")
    rule.kinds = [.attentionV, .ffnDown]
    rule.layers = try RangeCriterion("from 1/8 to 7/8")
    rule.ordinal = try OrdinalCriterion("first 1/8 of layers")
    rule.architectures = ["falcon", "llama"]
    rule.experts = try CountCriterion("8")
    rule.queriesPerKey = try CountCriterion(">=4")
    rule.sizeClass = "70B"
    rule.importance = false
    #expect(file.rules == [rule])
  }

  @Test func takesItsNameFromTheFile() throws {
    #expect(try parse("encoding: keep").name == "mine")
  }

  @Test func refusesAFileNameThatIsNoName() {
    let error = #expect(throws: ModelError.self) {
      try RecipeFile.parse("encoding: keep", label: "my own.yaml", vocabulary: testVocabulary)
    }
    #expect(error?.reason == "bad-name")
  }

  @Test(arguments: [
    ("encoding: F16\nencode: F16", "unknown-key", "line 2, column 1: no key is called \"encode\""),
    ("rules:\n- encoding: F16\n  mach: x", "empty-rule", "line 2, column 3: "),
    ("rules:\n- encoding: F16\n  match: x\n  mach: y", "unknown-key", "line 4, column 3: "),
    ("rules:\n- match: x", "missing-key", "line 2, column 3: "),
    ("rules:\n- encoding: F16", "empty-rule", "line 2, column 3: "),
    ("rules:\n- encoding: keep\n  match: x\n  fallback: F16", "unknown-key", "line 2, column 3: "),
    ("encoding: Q9_0", "unknown-encoding", "line 1, column 11: no encoding is called \"Q9_0\""),
    ("encoding: Q8_K", "encoding-not-writable", "line 1, column 11: "),
    ("fallback: [F16,\n  Q9_0]", "unknown-encoding", "line 2, column 3: "),
    ("method: guess", "unknown-method", "line 1, column 9: "),
    ("rules:\n- {role: nose, encoding: F16}", "unknown-role", "line 2, column 10: "),
    ("rules:\n- {source: Z, encoding: F16}", "unknown-encoding", "line 2, column 12: "),
    ("rules:\n- {match: 're:(', encoding: F16}", "bad-pattern", "line 2, column 11: the pattern"),
    ("rules:\n- {minimum-rank: two, encoding: F16}", "wrong-type", "line 2, column 18: "),
    ("rules:\n- {minimum-rank: -1, encoding: F16}", "wrong-type", "line 2, column 18: "),
    ("name: ../x\nencoding: F16", "bad-name", "line 1, column 7: \"../x\" is no name"),
    ("name: ''\nencoding: F16", "bad-name", "line 1, column 7: "),
    ("allow-requantize: yes", "wrong-type", "line 1, column 19: "),
    ("rules: x", "wrong-type", "line 1, column 8: "),
    ("rules: [x]", "wrong-type", "line 1, column 9: "),
    ("encoding: [F16]", "wrong-type", "line 1, column 11: "),
    ("fallback: {a: b}", "unknown-encoding", "line 1, column 11: "),
    ("fallback: {Q4_0: b}", "unknown-encoding", "line 1, column 18: "),
    ("fallback: {Q4_0: {a: b}}", "wrong-type", "line 1, column 18: "),
    ("requires-importance: [Q9]", "unknown-encoding", "line 1, column 23: "),
    ("file-type: Q4", "wrong-type", "line 1, column 12: "),
    ("rules:\n- {kind: nose, encoding: F16}", "unknown-kind", "line 2, column 10: "),
    ("rules:\n- {ordinal: first 2, encoding: F16}", "missing-key", "line 2, column 3: "),
    ("rules:\n- {layers: last 2, encoding: F16}", "bad-criterion", "line 2, column 12: "),
    ("rules:\n- {layers: first 9/8, encoding: F16}", "bad-criterion", "line 2, column 12: "),
    ("rules:\n- {layers: first 1/0, encoding: F16}", "bad-criterion", "line 2, column 12: "),
    ("rules:\n- {layers: first 0, encoding: F16}", "bad-criterion", "line 2, column 12: "),
    ("rules:\n- {experts: many, encoding: F16}", "bad-criterion", "line 2, column 13: "),
    ("rules:\n- {gqa: -4, encoding: F16}", "bad-criterion", "line 2, column 9: "),
    ("rules:\n- {gqa: '>=99999999', encoding: F16}", "bad-criterion", "line 2, column 9: "),
    ("rules:\n- {importance: yes, encoding: F16}", "bad-criterion", "line 2, column 16: "),
    ("name: a\nname: b", "recipe-syntax", "a key twice: name"),
    ("a: b: c", "recipe-syntax", "line 1, column 5: not YAML: "),
    ("rules: [", "recipe-syntax", "not YAML: "),
    ("- a", "recipe-syntax", "line 1, column 1: a recipe is a mapping"),
    ("", "recipe-syntax", "a recipe is a mapping"),
    ("a: 1\n---\nb: 2", "recipe-syntax", "not YAML: "),
    ("rules:\n- {match: *norm, encoding: keep}", "recipe-syntax", "needs quotes"),
    ("name: \"\\.\"", "recipe-syntax", "need single quotes"),
    ("a: &x [1]\nb: *x", "recipe-syntax", "line 1: recipe files have no anchors"),
    ("name: a\u{1}b", "recipe-syntax", "not YAML: "),
  ])
  func refusesWithTheLine(yaml: String, reason: String, part: String) {
    let error = #expect(throws: ModelError.self) { try parse(yaml) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == reason)
    #expect(error?.context.file == "mine.yaml")
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test func refusesDepthThatNoRecipeHas() {
    for opener in ["[", "{a: ", "- "] {
      let error = #expect(throws: ModelError.self) {
        try parse(String(repeating: opener, count: 100_000))
      }
      #expect(error?.reason == "recipe-syntax")
    }
  }

  @Test func refusesTextThatIsTooLong() {
    let error = #expect(throws: ModelError.self) {
      try parse(String(repeating: "#", count: RecipeFile.maximumByteCount + 1))
    }
    #expect(error?.code == .limitExceeded)
    #expect(error?.reason == "recipe-too-large")
  }

  @Test func neverTrapsOnDamagedText() throws {
    let whole = Array(
      """
      name: a
      extends: [gguf-base]
      rules:
        - {match: ["*x", 're:a(b|c){1,2}[d-f]'], encoding: Q8_0, fallback: [F16]}
      """.utf8)
    var generator = SeededGenerator(state: 7)
    var refused = 0
    for _ in 0..<3000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] =
          UInt8.random(in: 0...255, using: &generator)
      }
      do {
        _ = try parse(String(decoding: bytes, as: UTF8.self))
      } catch {
        #expect(error is ModelError)
        refused += 1
      }
    }
    #expect(refused > 1000)
  }
}

/// SplitMix64: the same damage every time.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
