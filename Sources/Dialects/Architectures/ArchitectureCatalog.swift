internal import Tensors

/// The architecture files that are part of the program.
///
/// SwiftPM turns each file under `Files/` into an array of bytes in the executable. It makes no list of
/// them, so the list is here; a test compares it with the folder. Which file is meant is found by its
/// first lines; only that one and what it extends are parsed.
struct ArchitectureCatalog: Sendable {
  /// A file.
  struct Entry: Sendable {
    var name: String
    var bytes: [UInt8]
  }

  /// The files; of several for one llama.cpp architecture the more special first.
  let entries: [Entry]

  /// The files of the program.
  static let program = ArchitectureCatalog(entries: embedded)

  /// Throws `notFound` (`unknown-architecture-file`) and what `ArchitectureFile.parse` throws.
  func architecture(named name: String) throws(ModelError) -> Architecture {
    try architecture(named: name, depth: 0)
  }

  private func architecture(
    named name: String, depth: Int
  ) throws(ModelError) -> Architecture {
    guard depth < 8, let entry = entries.first(where: { $0.name == name }) else {
      throw ModelError(
        .notFound, "unknown-architecture-file", "no architecture file is called \"\(name)\"")
    }
    return try ArchitectureFile.parse(
      String(decoding: entry.bytes, as: UTF8.self), name: name
    ) { (base) throws(ModelError) in try architecture(named: base, depth: depth + 1) }
  }

  /// The architecture of the class that a `config.json` names, or of its model type without one.
  func architecture(of config: JSONValue) throws(ModelError) -> Architecture? {
    let className = config["architectures"]?.array?.first?.string
    let modelType = config["model_type"]?.string
    for entry in entries {
      let names =
        if className != nil { words(of: entry, "classes:") } else {
          words(of: entry, "model-types:")
        }
      guard let wanted = className ?? modelType, names.contains(wanted) else { continue }
      let candidate = try architecture(named: entry.name)
      let values = try ConfigValues(config, candidate)
      if candidate.conditions.allSatisfy({ $0.holds(for: values) }) { return candidate }
    }
    return nil
  }

  /// The architecture that brings back files with this `general.architecture`; `value` gives
  /// whole numbers of metadata, and `present` for other keys and for tensors.
  func architecture(
    ofLlamaCpp name: String, value: (String) -> String?
  ) throws(ModelError) -> Architecture? {
    for entry in entries where words(of: entry, "llama.cpp:") == [name] {
      let candidate = try architecture(named: entry.name)
      guard candidate.returnsAs == nil else { continue }
      let holds = candidate.returnConditions.allSatisfy {
        let found = value(ConfigRule.fullKey($0.key, name)) ?? value($0.key)
        return switch $0.word {
        case "present": found != nil
        case "absent": found == nil
        case let number: found == number
        }
      }
      if holds { return candidate }
    }
    return nil
  }

  /// The words of a line such as `classes: [A, B]`, found without parsing the file.
  private func words(of entry: Entry, _ key: String) -> [String] {
    for line in entry.bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: key.utf8) {
      let text = String(decoding: line.dropFirst(key.utf8.count), as: UTF8.self)
      return text.split { " [],\"".contains($0) }.map(String.init)
    }
    return []
  }
}
