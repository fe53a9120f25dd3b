import Testing

@testable import Tensors

@Suite struct JSONScannerTests {
  private static let deep = 100_000

  @Test(arguments: [
    String(repeating: "[", count: deep),
    String(repeating: "{\"a\":", count: deep),
    String(repeating: "[", count: deep) + String(repeating: "]", count: deep),
    String(repeating: "[{\"a\":", count: deep),
  ])
  func deepNestingIsRefusedInSkippedValues(text: String) {
    let error = failure {
      var scanner = JSONScanner(Array(text.utf8))
      try scanner.skipValue()
    }
    #expect(error?.reason == "json-too-deep")
    #expect(error?.context.offset != nil)
  }

  @Test func theDeepestThatIsAllowedIsSkipped() throws {
    let text = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    var scanner = JSONScanner(Array(text.utf8))
    try scanner.skipValue()
    try scanner.finish()
  }

  @Test func oneMoreLevelIsRefused() {
    let text = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
    let error = failure {
      var scanner = JSONScanner(Array(text.utf8))
      try scanner.skipValue()
    }
    #expect(error?.reason == "json-too-deep")
  }

  @Test func depthIsGivenBackWhenAValueEnds() throws {
    let text = "[" + Array(repeating: "[[[]]]", count: 100).joined(separator: ",") + "]"
    var scanner = JSONScanner(Array(text.utf8), maximumDepth: 4)
    try scanner.skipValue()
    try scanner.finish()
  }

  @Test func skippingTakesOneValueAndNoMore() throws {
    var scanner = JSONScanner(Array(#"[{"a":[1,{}],"b":"]"} , true, 2]"#.utf8))
    try scanner.beginArray()
    #expect(try scanner.nextElement())
    try scanner.skipValue()
    #expect(try scanner.nextElement())
    #expect(try scanner.bool())
    #expect(try scanner.nextElement())
    #expect(try scanner.nonNegativeInteger() == 2)
    #expect(try scanner.nextElement() == false)
    try scanner.finish()
  }

  @Test(arguments: [
    "[1 2]", "[,1]", "[1,]", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{\"a\":}", "{1:2}", "[1}",
    "{\"a\":1]",
    "[", "{", "{\"a\"", "{\"a\":", "[1,", "", "   ", "{a:1}", "['a']", "[1]]x",
  ])
  func brokenStructureIsRefusedInSkippedValues(text: String) {
    let error = failure {
      var scanner = JSONScanner(Array(text.utf8))
      try scanner.skipValue()
      try scanner.finish()
    }
    #expect(error?.code == .malformed)
  }

  @Test(arguments: ["2.0", "4e0", "-0", "-1", "1E2"])
  func whatIsNoWholeNumberIsNoInteger(text: String) {
    let error = failure {
      var scanner = JSONScanner(Array(text.utf8))
      _ = try scanner.nonNegativeInteger()
    }
    #expect(error?.reason == "json-not-an-integer")
  }

  @Test(arguments: [
    "9223372036854775808", "18446744073709551616", String(repeating: "9", count: 400),
  ])
  func integersAboveTheGreatestAreRefused(text: String) {
    let error = failure {
      var scanner = JSONScanner(Array(text.utf8))
      _ = try scanner.nonNegativeInteger()
    }
    #expect(error?.reason == "number-out-of-range")
    #expect((error?.message.utf8.count ?? 0) < 200)
  }

  @Test func theGreatestIntegerIsRead() throws {
    var scanner = JSONScanner(Array("9223372036854775807".utf8))
    #expect(try scanner.nonNegativeInteger() == Int.max)
  }

  @Test(arguments: ["\"5\"", "true", "null", "[]", "{}"])
  func aValueOfAnotherKindIsNoInteger(text: String) {
    let error = failure {
      var scanner = JSONScanner(Array(text.utf8))
      _ = try scanner.nonNegativeInteger()
    }
    #expect(error?.reason == "json-syntax")
  }

  @Test func errorsNameTheOffsetWithTheBase() {
    let error = failure {
      var scanner = JSONScanner(Array("[1, x]".utf8), baseOffset: 8)
      try scanner.skipValue()
    }
    #expect(error?.context.offset == 12)
  }
}
