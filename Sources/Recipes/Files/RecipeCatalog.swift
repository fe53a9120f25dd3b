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
    var seen: [Location] = []
    let joined = try join(file, at: location, trail: [location], seen: &seen)
    let files = joined.files
    guard let owner = files.firstIndex(where: { $0.encoding != nil }),
      let encoding = files[owner].encoding
    else {
      throw ModelError(
        .invalidArgument, "recipe-without-encoding",
        "neither the recipe nor what it extends says `encoding`", file: file.label)
    }
    var fallThrough = Rule(encoding, origin: "\(files[owner].label) default")
    fallThrough.method = files.lazy.compactMap(\.method).first
    var recipe = Recipe(
      name: file.name, summary: file.summary, version: file.version, rules: joined.rules,
      overrides: [], fallThrough: fallThrough,
      allowsRequantization: files.lazy.compactMap(\.allowsRequantization).first ?? false,
      fallbacks: [:], requiresImportance: Set(files.flatMap(\.requiresImportance)),
      // Of a mixture with another encoding the number says nothing.
      fileType: files[...owner].lazy.compactMap(\.fileType).first, sourceText: file.text)
    // The farthest first: a list is said of every encoding, and undoes the tables before it.
    for part in files.reversed() {
      if let list = part.fallback {
        recipe.fallThrough.fallback = list
        recipe.fallbacks = [:]
      }
      recipe.fallbacks.merge(part.fallbacks) { _, nearer in nearer }
    }
    return recipe
  }

  /// Where a recipe comes from.
  private enum Location: Hashable {
    case preset(String)
    case path(String)
  }

  /// A file and what it builds on, each once.
  private struct Joined {
    /// The nearest first: of what several say, the first one's word counts.
    var files: [RecipeFile] = []
    /// In the order in which they are consulted.
    var rules: [Rule] = []
  }

  private func join(
    _ file: RecipeFile, at location: Location, trail: [Location], seen: inout [Location]
  ) throws(ModelError) -> Joined {
    seen.append(location)
    var result = Joined(files: [file])
    for name in file.after {
      try add(name, of: file, trail: trail, seen: &seen, to: &result)
    }
    result.rules += file.rules
    for name in file.extends {
      try add(name, of: file, trail: trail, seen: &seen, to: &result)
    }
    return result
  }

  private func add(
    _ name: String, of file: RecipeFile, trail: [Location], seen: inout [Location],
    to result: inout Joined
  ) throws(ModelError) {
    let next = try locate(name, relativeTo: trail.last)
    guard !trail.contains(next), trail.count < RecipeCatalog.maximumDepth else {
      throw ModelError(
        .invalidArgument, "recipe-cycle",
        "\"\(name)\" extends itself, or more than \(RecipeCatalog.maximumDepth) recipes extend "
          + "one another", file: file.label)
    }
    if seen.contains(next) { return }
    let joined = try join(try read(next), at: next, trail: trail + [next], seen: &seen)
    result.files += joined.files
    result.rules += joined.rules
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
    let lowered = PresetFile.canonicalName(of: nameOrPath).lowercased()
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
