internal import ArgumentParser
internal import PluginKit
internal import Tensors

/// `ingot plugin`.
struct PluginGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "The container formats that are there.",
    discussion: ExitStatus.help,
    subcommands: [PluginList.self])
}

/// `ingot plugin list`: what was found, where was searched, what was refused and why.
struct PluginList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List plugins, the folders searched, and what was refused.",
    discussion: """
      Folders are searched in this order: --plugin-path, INGOT_PLUGIN_PATH (separated by colons), \
      the program's folder and ../lib/ingot beside it, $XDG_DATA_HOME/ingot/plugins or \
      ~/.local/share/ingot/plugins. The exit status is 5 if a plugin was refused or failed to load.

      """ + ExitStatus.help)

  @Option(name: .customLong("plugin-path"), help: "Search this folder first.")
  var pluginPath: [String] = []

  @Option(help: "human, json or quiet (ids).")
  var format = OutputFormat.human

  func run() throws {
    let catalog = FormatCatalog.standard(pluginPath: pluginPath)
    switch format {
    case .quiet: for plugin in catalog.plugins { Terminal.print(plugin.manifest.id) }
    case .json: Terminal.print(json(catalog))
    case .human: printText(catalog)
    }
    if !catalog.failures.isEmpty { throw ExitStatus.io }
  }

  private func printText(_ catalog: FormatCatalog) {
    var table = TextTable([
      ("id", .left), ("format", .left), ("version", .left), ("writes", .left),
      ("extensions", .left), ("library", .left),
    ])
    for plugin in catalog.plugins {
      let manifest = plugin.manifest
      table.add([
        manifest.id, manifest.name, manifest.version, plugin.canWrite ? "yes" : "no",
        manifest.extensions.joined(separator: " "), plugin.libraryPath ?? "built in",
      ])
    }
    for line in table.lines { Terminal.print(line) }
    Terminal.print("searched:")
    for searched in catalog.searched {
      let absent = searched.exists ? "" : " (not there)"
      Terminal.print(
        "  \(escapingControls(searched.folder.path)) (\(searched.folder.origin.rawValue))\(absent)")
    }
    for failure in catalog.failures { Terminal.print("refused: \(failure.error)") }
  }

  private func json(_ catalog: FormatCatalog) -> JSONValue {
    .object([
      "plugins": .array(
        catalog.plugins.map { plugin in
          .object([
            "id": .string(plugin.manifest.id), "name": .string(plugin.manifest.name),
            "version": .string(plugin.manifest.version),
            "license": .string(plugin.manifest.license), "writes": .bool(plugin.canWrite),
            "extensions": .array(plugin.manifest.extensions.map { .string($0) }),
            "library": plugin.libraryPath.map { .string($0) } ?? .null,
          ])
        }),
      "searched": .array(
        catalog.searched.map {
          .object([
            "path": .string($0.folder.path), "origin": .string($0.folder.origin.rawValue),
            "exists": .bool($0.exists),
          ])
        }),
      "failures": .array(
        catalog.failures.map {
          .object([
            "path": .string($0.path), "reason": .string($0.error.reason),
            "message": .string($0.error.message),
          ])
        }),
    ])
  }
}
