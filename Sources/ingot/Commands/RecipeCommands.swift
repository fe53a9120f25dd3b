internal import ArgumentParser
internal import Recipes
internal import Tensors

/// `ingot recipe`.
struct RecipeGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipe", abstract: "The recipes that ship with Ingot.",
    discussion: ExitStatus.help,
    subcommands: [RecipeList.self, RecipeShow.self])
}

/// `ingot recipe list`.
struct RecipeList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the presets.", discussion: ExitStatus.help)

  @Option(help: "human, json or quiet (names).")
  var format = OutputFormat.human

  func run() throws {
    let catalog = RecipeCatalog(vocabulary: .ofProgram)
    var table = TextTable([("recipe", .left), ("summary", .left)])
    for name in catalog.presetNames {
      let recipe = try catalog.load(name)
      switch format {
      case .human: table.add([recipe.name, recipe.summary])
      case .json:
        Terminal.print(
          .object(["name": .string(recipe.name), "summary": .string(recipe.summary)]))
      case .quiet: Terminal.print(recipe.name)
      }
    }
    if format == .human { for line in table.lines { Terminal.print(line) } }
  }
}

/// `ingot recipe show`.
struct RecipeShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print a recipe file.",
    discussion:
      "With --format json the resolved recipe in the canonical form that manifests hold.\n\n"
      + ExitStatus.help)

  @Argument(help: "A preset or a recipe file.")
  var recipe: String

  @Option(help: "human, json or quiet.")
  var format = OutputFormat.human

  func run() throws {
    let loaded = try RecipeCatalog(vocabulary: .ofProgram).load(recipe)
    switch format {
    case .human: Terminal.print(loaded.sourceText)
    case .json: Terminal.print(loaded.canonicalForm)
    case .quiet: Terminal.print(loaded.name)
    }
  }
}
