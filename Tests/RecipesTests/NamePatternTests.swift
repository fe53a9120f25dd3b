import Tensors
import Testing

@testable import Recipes

@Suite struct NamePatternTests {
  @Test(arguments: [
    ("output.weight", "output.weight", true),
    ("output.weight", "cls.output.weight", false),
    ("output.weight", "outputXweight", false),
    ("*", "", true),
    ("*", "anything.at.all", true),
    ("**", "a.b", true),
    ("blk.*", "blk.0.attn_q.weight", true),
    ("blk.*", "v.blk.0.attn_q.weight", false),
    ("*_norm.weight", "blk.0.attn_norm.weight", true),
    ("*_norm.weight", "blk.0.attn_norm.weights", false),
    ("*conv*", "a.conv1d.weight", true),
    ("*conv*", "a.con.weight", false),
    ("blk.*.ffn_*.weight", "blk.10.ffn_up.weight", true),
    ("blk.*.ffn_*.weight", "blk.10.attn_q.weight", false),
    ("blk.**.weight", "blk.1.ffn_up.weight", true),
    ("blk.?.attn_q.weight", "blk.3.attn_q.weight", true),
    ("blk.?.attn_q.weight", "blk.13.attn_q.weight", false),
    ("blk.[0-4].*", "blk.3.x", true),
    ("blk.[0-4].*", "blk.7.x", false),
    ("blk.[!0-4].*", "blk.7.x", true),
    ("blk.[!0-4].*", "blk.3.x", false),
    ("*[Nn]orm.weight", "embeddings.LayerNorm.weight", true),
    ("a[]x]b", "a]b", true),
    ("a[a-]b", "a-b", true),
    (#"a\*b"#, "a*b", true),
    (#"a\*b"#, "axb", false),
    ("OUTPUT.*", "output.weight", false),
    ("ö?", "öü", true),
  ])
  func globs(pattern: String, name: String, expected: Bool) throws {
    #expect(try NamePattern(pattern).matches(name) == expected)
  }

  @Test(arguments: [
    ("re:attn_v", "blk.0.attn_v.weight", true),
    ("re:^attn_v", "blk.0.attn_v.weight", false),
    ("re:weight$", "blk.0.attn_v.weight", true),
    (#"re:blk\.(0|1|2)\.ffn_(up|gate)"#, "blk.1.ffn_gate.weight", true),
    (#"re:blk\.(0|1|2)\.ffn_(up|gate)"#, "blk.1.ffn_down.weight", false),
    (#"re:blk\.([0-9]|[1-5][0-9]|60)\.ffn"#, "blk.60.ffn_up.weight", true),
    (#"re:blk\.([0-9]|[1-5][0-9]|60)\.ffn"#, "blk.61.ffn_up.weight", false),
    (#"re:blk\.\D"#, "blk.0.attn", false),
    (#"re:blk\.\d+\.attn"#, "blk.10.attn", true),
    (#"re:^[^.]+$"#, "output", true),
    (#"re:^[^.]+$"#, "output.weight", false),
    (#"re:^\w{3}\.\d{1,2}$"#, "blk.12", true),
    (#"re:^\w{3}\.\d{1,2}$"#, "blk.123", false),
    ("re:^a{2,}$", "a", false),
    ("re:^a{2,}$", "aaaa", true),
    ("re:^(ab)*$", "ababab", true),
    ("re:^(ab)*$", "aba", false),
    ("re:^(?:a|b)?c$", "c", true),
    ("re:^.*?x$", "aax", true),
    (#"re:\bq\b"#, "attn.q.weight", true),
    (#"re:\bq\b"#, "attn_q.weight", false),
    (#"re:\Bq"#, "attn_q.weight", true),
    (#"re:[\d_]x"#, "_x", true),
    (#"re:^[^\D]+$"#, "12", true),
    (#"re:^[^\D]+$"#, "1a", false),
    ("re:[a-c-]z", "-z", true),
    ("re:", "anything", true),
    ("re:a||b", "", true),
    ("re:^(a*)*$", "aaab", false),
    ("re:ATTN", "attn", false),
  ])
  func regularExpressions(pattern: String, name: String, expected: Bool) throws {
    #expect(try NamePattern(pattern).matches(name) == expected)
  }

  @Test(arguments: [
    ("re:blk.(", 8), ("re:a)", 5), ("re:*", 4), ("re:a**", 6), ("re:[a", 4), ("re:a{2", 5),
    ("re:a{3,2}", 5), ("re:a{1001}", 9), (#"re:a\"#, 6), (#"re:(a)\1"#, 8), ("re:(?=a)", 5),
    ("re:[z-a]", 5), ("re:[[:alpha:]]", 5), (#"re:\p"#, 5), ("a[bc", 3), (#"ab\"#, 4),
    ("[z-a]", 3),
  ])
  func namesThePositionOfWhatIsWrong(pattern: String, position: Int) {
    let error = #expect(throws: ModelError.self) { try NamePattern(pattern) }
    #expect(error?.reason == "bad-pattern")
    #expect(error?.message.contains("at character \(position):") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    "", String(repeating: "a", count: 4097), "re:" + String(repeating: "(", count: 1000),
    "re:((a{1000}){1000})", "re:(((){1000}){1000}){1000}",
  ])
  func refusesWhatIsTooLarge(pattern: String) {
    let error = #expect(throws: ModelError.self) { try NamePattern(pattern) }
    #expect(error?.reason == "bad-pattern")
  }

  /// A backtracking search needs 2^40 steps for this.
  @Test func answersInLinearTime() throws {
    let name = String(repeating: "a", count: 40) + "b"
    #expect(try !NamePattern("re:^(a+)+$").matches(name))
    #expect(try !NamePattern("re:^(a|aa)+$").matches(name))
    #expect(try !NamePattern("a*a*a*a*a*a*a*a*a*a*c").matches(name))
  }
}
