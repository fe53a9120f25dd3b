internal import Tensors

/// Reads architecture files; docs/architectures.md describes every key.
enum ArchitectureFile {
  /// Parses `text` over what it extends.
  ///
  /// Throws `limitExceeded` (`architecture-too-large`), `invalidArgument` (`architecture-syntax`,
  /// `architecture-key`, `architecture-axes`, `architecture-expression`).
  static func parse(
    _ text: String, name: String, base: (String) throws(ModelError) -> Architecture
  ) throws(ModelError) -> Architecture {
    do throws(ModelError) {
      var fields = try ArchitectureFields(ArchitectureYAML.parse(text), "an architecture")
      var result =
        if let extended = try fields.text("extends") { try base(extended) } else {
          Architecture(named: name)
        }
      result.name = name
      try read(&fields, into: &result)
      try fields.finish()
      return result
    } catch {
      throw error.at(file: name + ".yaml")
    }
  }

  private static func read(
    _ fields: inout ArchitectureFields, into result: inout Architecture
  ) throws(ModelError) {
    result.summary = try fields.text("summary") ?? ""
    result.classes = try fields.texts("classes")
    result.modelTypes = try fields.texts("model-types")
    if let llamaCpp = try fields.text("llama.cpp") { result.llamaCpp = llamaCpp }
    result.returnsAs = try fields.text("returns-as")
    for (key, value) in try fields.pairs("returns-when") {
      guard let word = value.text, word == "present" || word == "absent" || Int(word) != nil
      else { throw fields.error("`returns-when` holds keys that are present, absent or a number") }
      result.returnConditions.removeAll { $0.key == key }
      result.returnConditions.append((key, word))
    }
    for (path, value) in try fields.pairs("for") {
      result.conditions.append(ConfigRule.Condition(path, value))
    }
    result.meaningless.formUnion(try fields.texts("without"))
    for (key, value) in try fields.pairs("flags") {
      result.flags.append((key, value.text ?? ""))
    }
    for (path, value) in try fields.pairs("defaults") {
      result.defaults.removeAll { $0.path == path }
      let json = value.json
      if case .string(let text) = json, case .scalar(_, isQuoted: false, _) = value {
        result.defaults.append((path, nil, try expression(text, value.line)))
      } else {
        result.defaults.append((path, json, nil))
      }
    }
    for (size, value) in try fields.pairs("sizes") {
      result.sizes[size] = try expressions(value)
    }
    for rule in try fields.list("config") { result.config.append(try ConfigRule(rule)) }
    for (path, value) in try fields.pairs("returns") {
      result.returns.removeAll { $0.path == path }
      let json = value.json
      if case .string(let text) = json, case .scalar(_, isQuoted: false, _) = value {
        result.returns.append(
          ReturnRule(path: path, expression: try expression(text, value.line)))
      } else {
        result.returns.append(ReturnRule(path: path, constant: json))
      }
    }
    for (key, value) in try fields.pairs("constants") {
      result.constants.removeAll { $0.key == key }
      result.constants.append((key, value.json))
    }
    result.ignored.formUnion(try fields.texts("ignored"))
    for (from, to) in try fields.pairs("prefixes") {
      result.spellings.append(NameSpelling(from: from, to: to.text ?? "", isPrefix: true))
    }
    for (from, to) in try fields.pairs("suffixes") {
      result.spellings.append(NameSpelling(from: from, to: to.text ?? "", isPrefix: false))
    }
    for rule in try fields.list("tensors") {
      for rule in try TensorRule.read(rule) { result.add(rule) }
    }
    result.dropped += try dropped("dropped", &fields)
    result.droppedOnReturn += try dropped("dropped-on-return", &fields)
    for var element in try fields.list("generated") {
      let word = try element.text("tensor") ?? ""
      guard let kind = Architecture.Generated.Kind(rawValue: word) else {
        throw element.error("nothing generates \"\(word)\"")
      }
      result.generated.append(
        Architecture.Generated(kind: kind, reason: try element.text("why") ?? ""))
      try element.finish()
    }
    if let reason = try fields.text("extra-blocks") { result.extraBlocks = reason }
    if let output = try fields.text("output") { result.outputTensor = output }
  }

  private static func dropped(
    _ key: String, _ fields: inout ArchitectureFields
  ) throws(ModelError) -> [DroppedName] {
    var result: [DroppedName] = []
    for var element in try fields.list(key) {
      guard let name = try element.text("name"), let reason = try element.text("why") else {
        throw element.error("an element of `\(key)` has `name` and `why`")
      }
      result.append(
        DroppedName(
          pattern: name, reason: reason, hasToBeZero: try element.flag("has-to-be-zero")))
      try element.finish()
    }
    return result
  }

  /// One expression or a list of them.
  static func expressions(_ value: ArchitectureYAML) throws(ModelError) -> [SizeExpression] {
    guard case .list(let elements, _) = value else {
      return [try expression(value.text ?? "", value.line)]
    }
    var result: [SizeExpression] = []
    for element in elements { result.append(try expression(element.text ?? "", element.line)) }
    return result
  }

  static func expression(_ text: String, _ line: Int) throws(ModelError) -> SizeExpression {
    guard let expression = SizeExpression(text) else {
      throw ModelError(
        .invalidArgument, "architecture-expression",
        "line \(line): \"\(text)\" is no expression")
    }
    return expression
  }
}

extension Architecture {
  /// An architecture that says nothing yet.
  init(named name: String) {
    self.init(
      name: name, summary: "", classes: [], modelTypes: [], llamaCpp: "", returnsAs: nil,
      returnConditions: [], conditions: [], meaningless: [], flags: [], defaults: [], sizes: [:],
      config: [], returns: [], constants: [],
      ignored: [], spellings: [], tensors: [], dropped: [], droppedOnReturn: [], generated: [],
      extraBlocks: nil, outputTensor: nil)
  }

  /// Adds a rule, in place of one of an extended file for the same Hugging Face tensor.
  mutating func add(_ rule: TensorRule) {
    if let index = tensors.firstIndex(where: { $0.huggingFace == rule.huggingFace }) {
      tensors[index] = rule
    } else {
      tensors.append(rule)
    }
  }
}
