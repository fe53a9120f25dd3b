internal import Tensors

extension PluginManifest {
  /// The manifest as the contract wants it: a JSON object on one line.
  var jsonText: String {
    JSONValue.object([
      "id": .string(id), "name": .string(name), "version": .string(version),
      "summary": .string(summary), "license": .string(license),
      "extensions": .array(extensions.map { .string($0) }),
    ]).compactText
  }

  /// Reads a manifest: exactly the six keys, each of its type and form.
  ///
  /// Throws `pluginFailed`: `manifest-malformed` if it is not a JSON object or a value has the wrong
  /// form; `manifest-key-unknown`, `manifest-key-missing`.
  init(json: [UInt8]) throws(ModelError) {
    let value: JSONValue
    do throws(ModelError) { value = try JSONValue.parse(json) } catch {
      throw ModelError(
        .pluginFailed, "manifest-malformed", "the manifest is not JSON: \(error.message)",
        cause: error)
    }
    guard let members = value.object else {
      throw ModelError(.pluginFailed, "manifest-malformed", "the manifest is not a JSON object")
    }
    let keys = ["extensions", "id", "license", "name", "summary", "version"]
    if let unknown = members.keys.sorted().first(where: { !keys.contains($0) }) {
      throw ModelError(
        .pluginFailed, "manifest-key-unknown",
        "the manifest has the key \"\(unknown.prefix(64))\"; known are \(keys.joined(separator: ", "))"
      )
    }
    if let missing = keys.first(where: { members[$0] == nil }) {
      throw ModelError(
        .pluginFailed, "manifest-key-missing", "the manifest has no key \"\(missing)\"")
    }
    self.init(
      id: try PluginManifest.line(members, "id"), name: try PluginManifest.line(members, "name"),
      version: try PluginManifest.line(members, "version"),
      summary: try PluginManifest.line(members, "summary"),
      license: try PluginManifest.line(members, "license"),
      extensions: (members["extensions"]?.array ?? []).compactMap(\.string))
    guard PluginManifest.isValidID(id) else {
      throw PluginManifest.malformed("id", "1 to 32 of [a-z0-9_], beginning with a letter")
    }
    guard PluginManifest.isVersion(version) else {
      throw PluginManifest.malformed("version", "three numbers with dots")
    }
    guard !extensions.isEmpty, extensions.count == members["extensions"]?.array?.count,
      extensions.allSatisfy(PluginManifest.isExtension)
    else {
      throw PluginManifest.malformed("extensions", "an array of names without a dot or slash")
    }
  }

  /// Whether `text` can be a plugin's id: 1 to 32 of `[a-z0-9_]`, beginning with a letter.
  static func isValidID(_ text: String) -> Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = text.utf8.first, letters.contains(first), text.utf8.count <= 32 else {
      return false
    }
    return text.utf8.allSatisfy {
      letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  private static func isVersion(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 3
      && parts.allSatisfy { part in
        (1...9).contains(part.utf8.count)
          && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      }
  }

  private static func isExtension(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "/")
      }
  }

  private static func line(_ members: [String: JSONValue], _ key: String) throws(ModelError)
    -> String
  {
    guard let text = members[key]?.string, !text.isEmpty, text.utf8.count <= 1024,
      escapingControls(text) == text
    else { throw malformed(key, "one line of text") }
    return text
  }

  private static func malformed(_ key: String, _ form: String) -> ModelError {
    ModelError(.pluginFailed, "manifest-malformed", "\"\(key)\" of the manifest is not \(form)")
  }
}
