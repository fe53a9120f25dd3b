/// One part of a model's name, between hyphens, and what it says.
struct NamePart {
  /// What a part can say.
  enum Kind { case basename, size, finetune, version, type }

  var text: String
  var kinds: Set<Kind> = []

  init(_ text: String) { self.text = text }

  /// Finds what the part says by itself, and spells sizes alike. The first part is neither a size nor
  /// a finetune.
  mutating func classify(isFirst: Bool, parameterCount: Int) {
    let lower = text.lowercased()
    if NamePart.isVersion(lower) {
      kinds.insert(.version)
    } else if NamePart.isType(lower) {
      kinds.insert(.type)
      text = text.uppercased()
    } else if !isFirst, NamePart.isSize(lower) {
      spellSize()
      if isFar(from: parameterCount) {
        // Likely a context length, which is spelled with a small letter.
        kinds.insert(.finetune)
        text = text.dropLast() + text.suffix(1).lowercased()
      } else {
        kinds.insert(.size)
      }
    } else if !isFirst, ["chat", "instruct", "vision", "lora"].contains(lower) {
      kinds.insert(.finetune)
    }
  }

  /// `7b` is `7B`, `7b1` is `7.1B`, `1_5b` is `1.5B`.
  private mutating func spellSize() {
    var characters = Array(text.map { $0 == "_" ? "." : $0 })
    let count = characters.count
    if characters[count - 1].isDecimal {
      characters = characters[..<(count - 2)] + [".", characters[count - 1], characters[count - 2]]
    }
    if characters.count > 1, characters[characters.count - 2].isDecimal,
      "kmbt".contains(characters[characters.count - 1])
    {
      characters[characters.count - 1] = Character(
        characters[characters.count - 1].uppercased())
    }
    text = String(characters)
  }

  /// Whether a plain number of the text is more than seven eighths of `parameterCount` away from it.
  private func isFar(from parameterCount: Int) -> Bool {
    let scales: [Character: Double] = ["K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12]
    guard parameterCount != 0, let last = text.last, let scale = scales[last],
      // Swift would read 0x7 as hexadecimal.
      !text.lowercased().contains("x"), let number = Double(text.dropLast())
    else { return false }
    let bound = Double(parameterCount / 8) * 7 + Double(parameterCount % 8 * 7 / 8)
    return abs(number * scale - Double(parameterCount)) > bound
  }

  /// `v2`, `iter3`, `1.5`.
  private static func isVersion(_ lower: String) -> Bool {
    var rest = Substring(lower)
    if rest.hasPrefix("v") {
      rest = rest.dropFirst()
    } else if rest.hasPrefix("iter") {
      rest = rest.dropFirst(4)
    }
    return isDottedNumber(rest)
  }

  /// What is not capitalized in a title: `v1.5`, `7b`.
  static func isVersionOrNumber(_ word: String) -> Bool {
    if word.first?.isDecimal == true { return true }
    return word.hasPrefix("v") && isDottedNumber(word.dropFirst())
  }

  private static func isDottedNumber(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isDecimal) }
  }

  /// `q4_k_m`, `iq3_s`, `f16`, `bf16`, `fp32`.
  private static func isType(_ lower: String) -> Bool {
    if ["16", "32"].contains(where: { ["f", "fp", "bf", "bfp"].contains(lower.dropSuffix($0)) }) {
      return true
    }
    var rest = Substring(lower)
    if rest.hasPrefix("i") { rest = rest.dropFirst() }
    guard rest.hasPrefix("q"), rest.dropFirst().first?.isDecimal == true else { return false }
    rest = rest.dropFirst(2)
    while let first = rest.first {
      guard first == "_", let word = rest.dropFirst().first,
        word.isLetter || word.isNumber || word == "_"
      else { return false }
      rest = rest.dropFirst(2)
    }
    return true
  }

  /// `7b`, `8x7b`, `a3b`, `1.5b`, `560m`, `7b1`, `small`, `xxl`.
  private static func isSize(_ lower: String) -> Bool {
    if ["small", "mini", "medium", "large", "xl", "xxl"].contains(lower) { return true }
    var rest = Substring(lower)
    func digits() -> Int {
      let count = rest.prefix(while: \.isDecimal).count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.hasPrefix("a") {
      rest = rest.dropFirst()
    } else {
      let start = rest
      if digits() > 0, rest.hasPrefix("x") { rest = rest.dropFirst() } else { rest = start }
    }
    guard digits() > 0 else { return false }
    if rest.hasPrefix(".") || rest.hasPrefix("_") {
      rest = rest.dropFirst()
      guard digits() > 0 else { return false }
    }
    guard let unit = rest.first, "kmbt".contains(unit) else { return false }
    rest = rest.dropFirst()
    return rest.isEmpty || (rest.count == 1 && rest.allSatisfy(\.isDecimal))
  }
}

extension String {
  /// The text before `suffix`; nil if it does not end so.
  fileprivate func dropSuffix(_ suffix: String) -> String? {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
  }
}
