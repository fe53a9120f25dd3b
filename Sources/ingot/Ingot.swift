internal import ArgumentParser
internal import Tensors

/// The command line: one subcommand a noun, one file a command.
@main
struct Ingot: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingot",
    abstract: "Turns model checkpoints into smaller ones, and proves what was done.",
    discussion: ExitStatus.help,
    version: Version.current,
    subcommands: [
      Inspect.self, Convert.self, Diff.self, Verify.self, MetadataGroup.self, Publish.self,
      RegistryGroup.self, RecipeGroup.self, PluginGroup.self,
    ])

  static func main() {
    Signals.prepare()
    do {
      var command = try parseAsRoot()
      try CPUChoice.check()
      try command.run()
    } catch let error as ModelError {
      Terminal.report(error)
      ExitStatus.exit(for: error)
    } catch let status as ExitStatus {
      status.exit()
    } catch {
      // Help and version are "errors" of the parser that end well.
      let message = fullMessage(for: error)
      if exitCode(for: error).isSuccess {
        Terminal.print(message)
        ExitStatus.success.exit()
      }
      Terminal.say(message)
      ExitStatus.usage.exit()
    }
  }
}

/// The program's version, as in `--version` and in manifests.
enum Version {
  static let current = "0.1.0"
}
