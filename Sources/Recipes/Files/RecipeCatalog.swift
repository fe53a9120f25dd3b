public import Tensors

/// Finds recipes: the presets that are part of the program, and files.
public struct RecipeCatalog: Sendable {
  /// The words recipes may use.
  public let vocabulary: RecipeVocabulary

  /// Recipes that extend one another, at most.
  private static let maximumDepth = 16

  /// Creates a catalog.
  public init(vocabulary: RecipeVocabulary) { self.vocabulary = vocabulary }

  /// The names of the presets that can be asked for; those that only others extend are left out.
  public var presetNames: [String] { PresetFile.all.filter { !$0.isBase }.map(\.name) }

  /// The presets, in the order of their names' list. Throws what `load` throws.
  public func presets() throws(ModelError) -> [Recipe] {
    var result: [Recipe] = []
    for name in presetNames { result.append(try load(name)) }
    return result
  }

  /// The recipe with this name or at this path.
  ///
  /// 1. What holds a `/` or ends in `.yaml` or `.yml` is a path.
  /// 2. Anything else is the name of a preset, whatever its case.
  ///
  /// Throws `notFound` (`unknown-recipe`, which lists the presets, `no-such-file`),
  /// `invalidArgument` (`recipe-cycle`, `recipe-without-encoding`, and the reasons of
  /// `RecipeFile.parse`), `limitExceeded` (`recipe-too-large`), `malformed` (`not-utf8`), `io`.
  public func load(_ nameOrPath: String) throws(ModelError) -> Recipe {
    let location = try locate(nameOrPath, relativeTo: nil)
    return try resolve(try read(location), at: location)
  }

  /// The recipe that a parsed file makes with what it extends; paths in it are relative to the
  /// working folder. Throws what `load` throws.
  public func resolve(_ file: RecipeFile) throws(ModelError) -> Recipe {
    try resolve(file, at: .path(file.label))
  }

  private func resolve(_ file: RecipeFile, at location: Location) throws(ModelError) -> Recipe {
    var joined: [Location] = []
    let parts = try collect(file, at: location, trail: [location], joined: &joined)
    guard let encoding = parts.lazy.compactMap(\.encoding).first else {
      throw ModelError(
        .invalidArgument, "recipe-without-encoding",
        "neither the recipe nor what it extends says `encoding`", file: file.label)
    }
    let owner = parts.first { $0.encoding != nil } ?? file
    var fallThrough = Rule(encoding, origin: "\(owner.label) default")
    fallThrough.method = parts.lazy.compactMap(\.method).first
    fallThrough.fallback = parts.lazy.compactMap(\.fallback).first
    return Recipe(
      name: file.name, summary: file.summary, version: file.version,
      rules: parts.flatMap(\.rules), overrides: [], fallThrough: fallThrough,
      allowsRequantization: parts.lazy.compactMap(\.allowsRequantization).first ?? false,
      sourceText: file.text)
  }

  /// Where a recipe comes from.
  private enum Location: Hashable {
    case preset(String)
    case path(String)
  }

  /// `file` and what it extends, each once, in the order in which rules are consulted.
  private func collect(
    _ file: RecipeFile, at location: Location, trail: [Location], joined: inout [Location]
  ) throws(ModelError) -> [RecipeFile] {
    joined.append(location)
    var parts = [file]
    for name in file.extends {
      let next = try locate(name, relativeTo: location)
      guard !trail.contains(next), trail.count < RecipeCatalog.maximumDepth else {
        throw ModelError(
          .invalidArgument, "recipe-cycle",
          "\"\(name)\" extends itself, or more than \(RecipeCatalog.maximumDepth) recipes extend "
            + "one another", file: file.label)
      }
      if joined.contains(next) { continue }
      parts += try collect(try read(next), at: next, trail: trail + [next], joined: &joined)
    }
    return parts
  }

  private func locate(
    _ nameOrPath: String, relativeTo origin: Location?
  ) throws(ModelError) -> Location {
    if nameOrPath.contains("/") || nameOrPath.hasSuffix(".yaml") || nameOrPath.hasSuffix(".yml") {
      if case .path(let path) = origin, !nameOrPath.hasPrefix("/"),
        let slash = path.lastIndex(of: "/")
      {
        return .path(path[...slash] + nameOrPath)
      }
      return .path(nameOrPath)
    }
    let lowered = nameOrPath.lowercased()
    guard let preset = PresetFile.all.first(where: { $0.name.lowercased() == lowered }) else {
      throw ModelError(
        .notFound, "unknown-recipe",
        "no recipe is called \"\(nameOrPath)\"; there are "
          + presetNames.joined(separator: ", ")
          + ", and files, which end in .yaml")
    }
    return .preset(preset.name)
  }

  private func read(_ location: Location) throws(ModelError) -> RecipeFile {
    switch location {
    case .preset(let name):
      let bytes = PresetFile.all.first { $0.name == name }?.bytes ?? []
      return try RecipeFile.parse(
        String(decoding: bytes, as: UTF8.self), label: name + ".yaml", vocabulary: vocabulary)
    case .path(let path):
      let source = try FileByteSource(path: path)
      guard source.byteCount <= RecipeFile.maximumByteCount else {
        throw ModelError(
          .limitExceeded, "recipe-too-large",
          "\(source.byteCount) bytes are more than the \(RecipeFile.maximumByteCount) a recipe may "
            + "have", file: path)
      }
      let bytes = try source.bytes(at: 0, byteCount: source.byteCount)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw ModelError(.malformed, "not-utf8", "a recipe is UTF-8 text", file: path)
      }
      let label = path.split(separator: "/").last.map(String.init) ?? path
      return try RecipeFile.parse(text, label: label, vocabulary: vocabulary)
    }
  }
}
