internal import Tensors

extension ConfigRule {
  /// Reads an element of `config`.
  init(_ element: ArchitectureFields) throws(ModelError) {
    var fields = element
    guard let key = try fields.text("kv") else { throw fields.error("a rule has `kv`") }
    let typeName = try fields.text("type") ?? "u32"
    guard let type = ValueType(rawValue: typeName) else {
      throw fields.error("no type is called \"\(typeName)\"")
    }
    var defaultValue: JSONValue?
    var defaultExpression: SizeExpression?
    if let value = fields.take("default") {
      if case .string(let text) = value.json, case .scalar(_, isQuoted: false, let line) = value {
        defaultExpression = try ArchitectureFile.expression(text, line)
      } else {
        defaultValue = value.json
      }
    }
    let value = fields.take("value")
    let expressions =
      try value.map { (value) throws(ModelError) in try ArchitectureFile.expressions(value) }
    let generatorName = try fields.text("generate")
    let generator = generatorName.flatMap { Generator(rawValue: $0) }
    if let generatorName, generator == nil {
      throw fields.error("nothing generates \"\(generatorName)\"")
    }
    var conditions: [Condition] = []
    for (path, value) in try fields.pairs("when") {
      conditions.append(Condition(path, value))
    }
    self.init(
      key: key, type: type, paths: try fields.texts("config"), defaultValue: defaultValue,
      defaultExpression: defaultExpression, expressions: expressions ?? [],
      constant: fields.take("set")?.json, generator: generator,
      words: try fields.pairs("words").map { ($0.key, $0.value.json) },
      skippedWords: try fields.texts("skip"), conditions: conditions,
      nullValue: fields.take("null-is")?.json,
      isRequired: try fields.flag("required"), isForward: try fields.flag("forward"),
      line: fields.line)
    try fields.finish()
  }
}

extension ConfigRule.Condition {
  /// A path and the word or words that are allowed.
  init(_ path: String, _ value: ArchitectureYAML) {
    if case .list(let elements, _) = value {
      self.init(path: path, words: elements.compactMap(\.text))
    } else {
      self.init(path: path, words: [value.text ?? ""])
    }
  }
}

extension TensorRule {
  /// Reads an element of `tensors`: one rule, or two if the names end in `.*`, which stands for
  /// `.weight` and an optional `.bias`.
  static func read(_ element: ArchitectureFields) throws(ModelError) -> [TensorRule] {
    var fields = element
    guard let huggingFace = try fields.text("hf") else { throw fields.error("a rule has `hf`") }
    let llamaCpp = try fields.texts("gguf")
    guard !llamaCpp.isEmpty else { throw fields.error("a rule has `gguf`") }
    var rule = TensorRule(
      huggingFace: TensorPattern(huggingFace), llamaCpp: llamaCpp.map { TensorPattern($0) },
      arrangement: try arrangement(&fields), addend: nil, stack: try fields.text("stack"),
      packing: nil, skippedRows: nil, keptRows: nil,
      rank: try fields.text("rank").flatMap { Int($0) }, isOptional: try fields.flag("optional"),
      unless: try fields.text("unless").map { TensorPattern($0) },
      isFirst: try fields.flag("first"), repetition: try fields.text("repeated"),
      line: fields.line)
    if let text = try fields.text("add") {
      guard let addend = Float(text), addend.isFinite else {
        throw fields.error("`add` is a number")
      }
      rule.addend = addend
    }
    if let word = try fields.text("packing") {
      guard let kind = Packing(rawValue: word), let scales = try fields.text("scales") else {
        throw fields.error("`packing` is mxfp4, and `scales` the name of the exponents")
      }
      rule.packing = (kind, TensorPattern(scales))
    }
    if let text = try fields.text("skip-rows") {
      rule.skippedRows = try ArchitectureFile.expression(text, fields.line)
    }
    if let text = try fields.text("keep-rows") {
      rule.keptRows = try ArchitectureFile.expression(text, fields.line)
    }
    try fields.finish()
    guard rule.huggingFace.hasMembers == (rule.stack != nil) else {
      throw fields.error("`stack` and {e} belong together")
    }
    guard rule.llamaCpp.count == rule.arrangement?.right.count ?? 1 else {
      throw fields.error("as many names in `gguf` as right sides in `axes`")
    }
    guard huggingFace.hasSuffix(".*") else { return [rule] }
    var bias = rule
    func named(_ text: String, _ suffix: String) -> TensorPattern {
      TensorPattern(text.hasSuffix(".*") ? text.dropLast(1) + suffix : text)
    }
    rule.huggingFace = named(huggingFace, "weight")
    rule.llamaCpp = llamaCpp.map { named($0, "weight") }
    bias.huggingFace = named(huggingFace, "bias")
    bias.llamaCpp = llamaCpp.map { named($0, "bias") }
    bias.isOptional = true
    return [rule, bias]
  }

  private static func arrangement(
    _ fields: inout ArchitectureFields
  ) throws(ModelError) -> Arrangement? {
    guard let axes = try fields.text("axes") else { return nil }
    let isJoined = try fields.flag("join")
    var split: Arrangement.Split?
    for (axis, value) in try fields.pairs("split") {
      split = Arrangement.Split(
        axis: axis, segments: try ArchitectureFile.expressions(value), isJoined: isJoined)
    }
    return try Arrangement(axes, split: split)
  }
}
