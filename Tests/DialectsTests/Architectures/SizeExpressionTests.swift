import Tensors
import Testing

@testable import Dialects

@Suite struct SizeExpressionTests {
  private func value(_ text: String) throws -> ConfigNumber? {
    let expression = try #require(SizeExpression(text))
    return try expression.value { (name) throws(ModelError) in
      switch name {
      case "seven": .integer(7)
      case "a.b": .integer(2)
      case "half": .real(0.5)
      case "huge": .integer(Int.max)
      default: nil
      }
    }
  }

  @Test func arithmetic() throws {
    #expect(try value("1 + 2 * 3") == .integer(7))
    #expect(try value("(1 + 2) * 3") == .integer(9))
    #expect(try value("seven // a.b") == .integer(3))
    #expect(try value("seven / a.b") == .real(3.5))
    #expect(try value("int(half * seven)") == .integer(3))
    #expect(try value("seven - 1 - 1") == .integer(5))
    #expect(try value("4 * seven // 8") == .integer(3))
    #expect(try value("0.25 * 8") == .real(2))
    #expect(try value("seven + nothing") == nil)
  }

  @Test(arguments: [
    "huge + 1", "huge * a.b", "seven // 0", "seven / 0", "half // a.b",
    "(0 - seven) // a.b", "int(huge * 1.0e)", "0 - huge - 2",
  ])
  func whatHasNoValueIsRefused(_ text: String) {
    guard SizeExpression(text) != nil else { return }
    let error = #expect(throws: ModelError.self) { try value(text) }
    #expect(error?.reason == "config-arithmetic")
  }

  @Test(arguments: ["", "1 +", "(1", "1)", "a b", "+ 1", "#", "int(", "1 ** 2"])
  func whatIsNoExpressionIsRefused(_ text: String) {
    #expect(SizeExpression(text) == nil)
  }

  @Test func deepParenthesesAreRefused() {
    #expect(
      SizeExpression(
        String(repeating: "(", count: 1000) + "1" + String(repeating: ")", count: 1000)) == nil)
  }

  @Test func namesAreTakenApart() {
    let pattern = TensorPattern("a.{b}.c.{e}.w1.0")
    #expect(pattern.name(block: 3, member: 12) == "a.3.c.12.w1.0")
    let numbers = pattern.numbers(of: TensorPattern.parts(of: "a.3.c.12.w1.0"))
    #expect(numbers?.block == 3 && numbers?.member == 12)
    #expect(TensorPattern.parts(of: "a.3.c.12.w1.0").key == pattern.key)
    #expect(pattern.numbers(of: TensorPattern.parts(of: "a.3.c.12.w1.1")) == nil)
    // Not as a writer would write it, so the name could not be given back.
    #expect(TensorPattern.parts(of: "a.03").numbers.isEmpty)
    #expect(TensorPattern.parts(of: "a.99999999999999999999").numbers.isEmpty)
  }

  @Test func patternsOfDroppedNames() {
    func matches(_ pattern: String, _ name: String) -> Bool {
      DroppedName(pattern: pattern, reason: "", hasToBeZero: false).matches(name)
    }
    #expect(matches("*.bias", "a.bias") && !matches("*.bias", "a.biases"))
    #expect(matches("a.*", "a.b") && !matches("a.*", "b.a."))
    #expect(matches("*x*", "axb") && matches("*x*", "x") && !matches("*x*", "ab"))
    #expect(matches("a", "a") && !matches("a", "ab"))
  }
}
