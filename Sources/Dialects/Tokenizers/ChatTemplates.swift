internal import Tensors

/// Chat templates: one text, or several with names of which `default` is the main one.
struct ChatTemplates: Equatable {
  var main: String?
  var named: [(name: String, text: String)] = []

  static func == (a: ChatTemplates, b: ChatTemplates) -> Bool {
    a.main == b.main && a.named.elementsEqual(b.named, by: ==)
  }

  init() {}

  /// From tokenizer_config.json, else chat_template.jinja with additional_chat_templates/, else
  /// chat_template.json. Throws what `ModelFiles` throws, `malformed` (`not-utf8`).
  init(_ files: ModelFiles, tokenizerConfig: JSONValue?) throws(ModelError) {
    if let value = tokenizerConfig?["chat_template"] {
      read(value)
    } else if let text = try ChatTemplates.text("chat_template.jinja", files) {
      main = text
      let folder = "additional_chat_templates/"
      for file in files.names where file.begins(with: folder) && file.ends(with: ".jinja") {
        let name = String(file.dropFirst(folder.count).dropLast(".jinja".count))
        if let text = try ChatTemplates.text(file, files) { add(name, text) }
      }
    } else if let value = try files.json("chat_template.json")?["chat_template"] {
      read(value)
    }
  }

  private static func text(_ name: String, _ files: ModelFiles) throws(ModelError) -> String? {
    guard let bytes = try files.bytes(name) else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ModelError(.malformed, "not-utf8", "the template is not valid UTF-8", file: name)
    }
    return text
  }

  private mutating func read(_ value: JSONValue) {
    main = value.string
    for choice in value.array ?? [] {
      if let name = choice["name"]?.string, let text = choice["template"]?.string {
        add(name, text)
      }
    }
  }

  /// Names go into metadata keys, so other characters than ASCII letters and digits become `_`.
  private mutating func add(_ name: String, _ text: String) {
    let name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    if name == "default" {
      main = text
    } else if let index = named.firstIndex(where: { $0.name == name }) {
      named[index].text = text
    } else if !name.isEmpty {
      named.append((name, text))
    }
  }

  /// The entries that gguf-py's `add_chat_template` writes; the list of names keeps their order.
  func write(into metadata: inout [MetadataEntry]) {
    for (name, text) in named where !text.isEmpty {
      metadata.set("\(TokenizerKeys.chatTemplate).\(name)", .string(text))
    }
    if !named.isEmpty {
      metadata.set(TokenizerKeys.chatTemplates, .array(.string(named.map(\.name))))
    }
    if let main, !main.isEmpty { metadata.set(TokenizerKeys.chatTemplate, .string(main)) }
  }

  /// From the entries that `write` makes.
  init(_ metadata: [MetadataEntry]) {
    main = metadata[TokenizerKeys.chatTemplate]?.string
    let prefix = TokenizerKeys.chatTemplate + "."
    for entry in metadata where entry.key.begins(with: prefix) {
      if let text = entry.value.string { add(String(entry.key.dropFirst(prefix.count)), text) }
    }
  }

  /// The value of `chat_template` in tokenizer_config.json; nil if there is no template.
  var json: JSONValue? {
    guard !named.isEmpty else { return main.map { .string($0) } }
    let all = (main.map { [(name: "default", text: $0)] } ?? []) + named
    return .array(all.map { .object(["name": .string($0.name), "template": .string($0.text)]) })
  }
}
