internal import Tensors

/// A number of a configuration.
enum ConfigNumber: Hashable, Sendable {
  case integer(Int)
  case real(Double)

  /// The value as a real number; exact up to 2^53.
  var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    }
  }

  /// The value if it is a whole number that fits an `Int`.
  var int: Int? {
    switch self {
    case .integer(let value): value
    case .real(let value): Int(exactly: value)
    }
  }
}

/// Arithmetic on the numbers of a configuration: `head_dim * attention.head_count // 2`.
///
/// There are `+ - * / // ( )`, numbers, names with dots, and `int(…)`, which cuts off toward zero.
/// `/` is a real division, `//` one of whole numbers from 0. Integers stay integers.
indirect enum SizeExpression: Hashable, Sendable {
  case number(ConfigNumber)
  case name(String)
  case whole(SizeExpression)
  case binary(Character, SizeExpression, SizeExpression)
  /// `//`.
  case quotient(SizeExpression, SizeExpression)

  /// The names in it.
  var names: [String] {
    switch self {
    case .number: []
    case .name(let name): [name]
    case .whole(let inner): inner.names
    case .binary(_, let left, let right), .quotient(let left, let right): left.names + right.names
    }
  }

  /// The value; nil if a name has none.
  ///
  /// Throws `malformed` (`config-arithmetic`) on overflow, division by zero, and `//` or `int` of what
  /// they are not for.
  func value(
    _ lookup: (String) throws(ModelError) -> ConfigNumber?
  ) throws(ModelError) -> ConfigNumber? {
    switch self {
    case .number(let number): return number
    case .name(let name): return try lookup(name)
    case .whole(let inner):
      guard let value = try inner.value(lookup) else { return nil }
      guard let whole = Int(exactly: value.double.rounded(.towardZero)) else {
        throw SizeExpression.error("int(\(value.double))")
      }
      return .integer(whole)
    case .quotient(let left, let right):
      guard let a = try left.value(lookup), let b = try right.value(lookup) else { return nil }
      guard let dividend = a.int, let divisor = b.int, dividend >= 0, divisor > 0 else {
        throw SizeExpression.error("\(a.double) // \(b.double)")
      }
      return .integer(dividend / divisor)
    case .binary(let sign, let left, let right):
      guard let a = try left.value(lookup), let b = try right.value(lookup) else { return nil }
      return try SizeExpression.apply(sign, a, b)
    }
  }

  private static func apply(
    _ sign: Character, _ a: ConfigNumber, _ b: ConfigNumber
  ) throws(ModelError) -> ConfigNumber {
    if case .integer(let left) = a, case .integer(let right) = b, sign != "/" {
      let (value, overflow) =
        switch sign {
        case "+": left.addingReportingOverflow(right)
        case "-": left.subtractingReportingOverflow(right)
        default: left.multipliedReportingOverflow(by: right)
        }
      if overflow { throw error("\(left) \(sign) \(right)") }
      return .integer(value)
    }
    let value =
      switch sign {
      case "+": a.double + b.double
      case "-": a.double - b.double
      case "*": a.double * b.double
      default: a.double / b.double
      }
    guard value.isFinite else { throw error("\(a.double) \(sign) \(b.double)") }
    return .real(value)
  }

  private static func error(_ text: String) -> ModelError {
    ModelError(.malformed, "config-arithmetic", "\(text) has no value that can be used")
  }
}

extension SizeExpression {
  /// Reads an expression; nil if `text` is none.
  init?(_ text: String) {
    var reader = Reader(rest: Array(text.utf8)[...])
    guard let expression = reader.sum(), reader.isAtEnd else { return nil }
    self = expression
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>
    var depth = 0

    var isAtEnd: Bool {
      mutating get {
        skipSpaces()
        return rest.isEmpty
      }
    }

    mutating func skipSpaces() { rest = rest.drop { $0 == UInt8(ascii: " ") } }

    mutating func take(_ text: StaticString) -> Bool {
      skipSpaces()
      let bytes = text.withUTF8Buffer { Array($0) }
      guard rest.starts(with: bytes) else { return false }
      rest = rest.dropFirst(bytes.count)
      return true
    }

    mutating func sum() -> SizeExpression? {
      depth += 1
      defer { depth -= 1 }
      guard depth <= 32, var left = product() else { return nil }
      while true {
        let sign: Character
        if take("+") { sign = "+" } else if take("-") { sign = "-" } else { return left }
        guard let right = product() else { return nil }
        left = .binary(sign, left, right)
      }
    }

    mutating func product() -> SizeExpression? {
      guard var left = atom() else { return nil }
      while true {
        let sign: Character
        if take("//") {
          guard let right = atom() else { return nil }
          left = .quotient(left, right)
          continue
        } else if take("*") {
          sign = "*"
        } else if take("/") {
          sign = "/"
        } else {
          return left
        }
        guard let right = atom() else { return nil }
        left = .binary(sign, left, right)
      }
    }

    mutating func atom() -> SizeExpression? {
      if take("(") {
        guard let inner = sum(), take(")") else { return nil }
        return inner
      }
      skipSpaces()
      let word = rest.prefix { byte in
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
      }
      rest = rest.dropFirst(word.count)
      let text = String(decoding: word, as: UTF8.self)
      if text == "int", take("(") {
        guard let inner = sum(), take(")") else { return nil }
        return .whole(inner)
      }
      guard let first = word.first else { return nil }
      guard (48...57).contains(first) else { return .name(text) }
      if let value = Int(text) { return .number(.integer(value)) }
      return Double(text).map { .number(.real($0)) }
    }
  }
}
