import Testing

@testable import Tensors

/// What serde_json refuses, and the reason that Ingot gives.
@Suite struct JSONValueTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

  @Test(arguments: [
    "NaN", "Infinity", "-Infinity", "nan", "016", "-012", "00", "+16", "0x10", "1.", ".5", "1e",
    "1e+", "-", "1.e5", "--1", "01.5", "True", "nul", "tru", "undefined",
  ])
  func wordsAndNumbersOutsideTheGrammarAreRefused(text: String) {
    let error = failure { _ = try parse(text) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "json-syntax" || error?.reason == "json-trailing-text")
  }

  @Test(arguments: [
    "\"\\ud800\"", "\"\\ud800x\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800\\n\"",
    "\"\\uD83D\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\\"", "\"abc", "\"\\",
    "\"\\u+123\"",
  ])
  func brokenEscapesAreRefused(text: String) {
    #expect(failure { _ = try parse(text) }?.reason == "json-syntax")
  }

  @Test(arguments: Array(UInt8(0)..<0x20))
  func rawControlCharactersAreRefused(byte: UInt8) {
    let error = failure { _ = try JSONValue.parse([0x22, byte, 0x22]) }
    #expect(error?.reason == "json-syntax")
  }

  @Test func aRawControlCharacterAfterAnEscapeIsRefused() {
    let error = failure { _ = try JSONValue.parse(Array("\"\\n".utf8) + [0x01, 0x22]) }
    #expect(error?.reason == "json-syntax")
  }

  @Test(
    arguments: [
      [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF],  // overlong
      [0xED, 0xA0, 0x80],  // a surrogate
      [0xF4, 0x90, 0x80, 0x80],  // above U+10FFFF
      [0xC3], [0x80], [0xFF],
    ] as [[UInt8]])
  func whatIsNotUTF8IsRefused(bytes: [UInt8]) {
    #expect(failure { _ = try JSONValue.parse([0x22] + bytes + [0x22]) }?.reason == "not-utf8")
    let escaped = Array("\"\\n".utf8) + bytes + [0x22]
    #expect(failure { _ = try JSONValue.parse(escaped) }?.reason == "not-utf8")
  }

  @Test func aByteOrderMarkIsRefused() {
    #expect(
      failure { _ = try JSONValue.parse([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]) }?.reason == "json-syntax")
  }

  @Test(arguments: ["{} x", "{}{}", "1 2", "{}\u{0}", "null,"])
  func textAfterTheValueIsRefused(text: String) {
    #expect(failure { _ = try parse(text) }?.reason == "json-trailing-text")
  }

  @Test(arguments: [
    #"{"a":1,"a":1}"#, #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"b":{"a":1,"b":2,"a":3}}"#,
    #"{"é":1,"\u00e9":2}"#,
  ])
  func duplicateKeysAreRefused(text: String) {
    let error = failure { _ = try parse(text) }
    #expect(error?.code == .refused)
    #expect(error?.reason == "duplicate-key")
  }

  @Test(arguments: [
    String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
  ])
  func deepNestingIsRefused(text: String) {
    #expect(failure { _ = try parse(text) }?.reason == "json-too-deep")
  }

  @Test func escapesAreDecoded() throws {
    let text = #""\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00é""#
    #expect(try parse(text) == .string("\"\\/\u{8}\u{C}\n\r\té😀é"))
  }

  @Test func aNumberKeepsItsLiteral() throws {
    #expect(try parse("-1.50E+02") == .number("-1.50E+02"))
    #expect(try parse("-0").integer == 0)
    #expect(try parse("1e2").integer == nil)
    #expect(try parse(String(repeating: "9", count: 400)).integer == nil)
  }

  @Test func accessorsAreNilForOtherKinds() {
    #expect(JSONValue.null.string == nil)
    #expect(JSONValue.bool(true).integer == nil)
    #expect(JSONValue.string("1").integer == nil)
    #expect(JSONValue.number("1")["a"] == nil)
    #expect(JSONValue.array([]).object == nil)
    #expect(JSONValue.object([:]).array == nil)
  }

  @Test func canonicalTextIsSortedByBytesAndIndented() throws {
    let value = try parse(
      #"{"b":[1,{"y":null,"x":true}],"a":"/é\u001f\"","Z":{},"é":[],"aa":1.50}"#)
    #expect(
      value.canonicalText == """
        {
          "Z": {},
          "a": "/é\\u001f\\"",
          "aa": 1.50,
          "b": [
            1,
            {
              "x": true,
              "y": null
            }
          ],
          "é": []
        }

        """)
    #expect(
      value.compactText
        == #"{"Z":{},"a":"/é\u001f\"","aa":1.50,"b":[1,{"x":true,"y":null}],"é":[]}"#)
  }

  @Test func canonicalTextIsReadBack() throws {
    let value = JSONValue.object([
      "\u{0}\n\t\\": .array([.string("\u{7f}\u{2028}"), .integer(Int.min), .bool(false)])
    ])
    #expect(try parse(value.canonicalText) == value)
    #expect(try parse(value.compactText) == value)
  }
}
