import Testing

@testable import Tensors

@Suite struct DigestTests {
  private let hex = "00ff10a5" + String(repeating: "9b", count: 28)

  @Test func hexGoesBothWays() throws {
    let digest = try #require(Digest(hex: hex))
    #expect(digest.bytes.count == 32)
    #expect(digest.bytes.prefix(4) == [0x00, 0xFF, 0x10, 0xA5])
    #expect(digest.hex == hex)
    #expect(digest.description == hex)
  }

  @Test func upperCaseIsRefused() { #expect(Digest(hex: hex.uppercased()) == nil) }

  @Test func otherLengthsAreRefused() {
    #expect(Digest(hex: String(hex.dropLast())) == nil)
    #expect(Digest(hex: hex + "0") == nil)
    #expect(Digest(hex: hex + "00") == nil)
    #expect(Digest(hex: "") == nil)
    #expect(Digest(bytes: [UInt8](repeating: 0, count: 31)) == nil)
    #expect(Digest(bytes: [UInt8](repeating: 0, count: 33)) == nil)
  }

  @Test(arguments: ["g", " ", "+", "\n", "\u{FF11}", "é"])
  func whatIsNoDigitIsRefused(character: String) {
    #expect(Digest(hex: hex.dropLast() + character) == nil)
  }
}
