public import Tensors

extension Recipe {
  /// A recipe that says the type of each tensor by its name, and keeps all others. It is what a
  /// recipe file could say: `sourceText` is that file.
  ///
  /// - Parameters:
  ///   - types: The tensors' names with their types, in any order; a name counts once.
  ///   - name: What the recipe is called; see `RecipeFile` for what names may contain.
  ///   - summary: One line about it.
  ///   - method: How numbers are chosen.
  ///   - allowsRequantization: Whether packed sources may be quantized again.
  ///
  /// Throws `invalidArgument` (`bad-pattern`) for a name that is longer than a pattern may be.
  public static func naming(
    _ types: [(tensor: String, type: ElementType)], name: String, summary: String, method: String,
    allowsRequantization: Bool
  ) throws(ModelError) -> Recipe {
    var order: [ElementType] = []
    var names: [ElementType: [String]] = [:]
    for (tensor, type) in types {
      if names[type] == nil { order.append(type) }
      names[type, default: []].append(tensor)
    }
    // The order of tensors decides nothing, so files that differ in it have one recipe.
    order.sort { ($0.bitsPerElement, $0.rawValue) > ($1.bitsPerElement, $1.rawValue) }
    var rules: [Rule] = []
    var text = "name: \(name)\nsummary: \(quoted(summary))\nencoding: keep\n"
    // Said only where it holds for a rule: `method` without an encoding means nothing.
    if method != Recipe.defaultMethod { text += "method: \(method)\n" }
    if allowsRequantization { text += "allow-requantize: true\n" }
    if !order.isEmpty { text += "rules:\n" }
    for type in order {
      var rule = Rule(.type(type), origin: "\(name) rule \(rules.count + 1)")
      text += "  - encoding: \(type.rawValue)\n    match:\n"
      var patterns: [NamePattern] = []
      for tensor in (names[type] ?? []).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
        let pattern = try NamePattern(escaped(tensor))
        patterns.append(pattern)
        text += "      - \(quoted(pattern.text))\n"
      }
      rule.match = patterns
      rules.append(rule)
    }
    var fallThrough = Rule(.keep, origin: "\(name) default")
    fallThrough.method = method == Recipe.defaultMethod ? nil : method
    return Recipe(
      name: name, summary: summary, version: nil, rules: rules, overrides: [],
      fallThrough: fallThrough, allowsRequantization: allowsRequantization, fallbacks: [:],
      requiresImportance: [], fileType: nil, sourceText: text)
  }

  /// A glob that matches `name` alone.
  private static func escaped(_ name: String) -> String {
    var result = name.hasPrefix("re:") ? "\\" : ""
    for scalar in name.unicodeScalars {
      if ["*", "?", "[", "\\"].contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// `text` as a YAML scalar in double quotes.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22, 0x5C: result += "\\\(scalar)"
      // What YAML takes for a line end or does not print.
      case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
