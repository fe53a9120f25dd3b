internal import ArgumentParser
internal import Registry
internal import Tensors

/// `ingot registry remove`.
struct RegistryRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a repo or one of its revisions.",
    discussion: "Blobs that another revision still uses stay.\n\n" + ExitStatus.help)

  @Argument(help: "org/name, or org/name@revision.")
  var repo: String

  @Flag(name: .customLong("dry-run"), help: "Only say what would go.")
  var dryRun = false

  @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
  var yes = false

  @Option(help: "human, json or quiet.")
  var format = OutputFormat.human

  @OptionGroup var registry: RegistryOptions

  func run() throws {
    let argument = try RepoArgument(repo)
    let store = try registry.open()
    var options = RemoveOptions()
    if !yes || dryRun {
      options.isDryRun = true
      let plan = try store.remove(argument.repo, revision: argument.revision, options: options)
      if dryRun { return show(plan, "would remove") }
      guard Confirmation.isPossible else {
        throw ModelError(
          .invalidArgument, "not-confirmed", "nobody can be asked here; -y removes without asking")
      }
      guard Confirmation.ask("Remove \(argument.repo): \(summary(plan))?") else {
        throw ModelError(.refused, "not-confirmed", "nothing was removed")
      }
    }
    options.isDryRun = false
    show(try store.remove(argument.repo, revision: argument.revision, options: options), "removed")
  }

  private func summary(_ removal: Removal) -> String {
    "\(removal.refs.count) refs, \(removal.commits.count) commits, \(removal.blobs.count) blobs, "
      + ByteSize.text(removal.freedByteCount)
  }

  private func show(_ removal: Removal, _ verb: String) {
    switch format {
    case .quiet: break
    case .human:
      Terminal.print("\(verb) \(summary(removal))")
      for name in removal.leftOver { Terminal.say("left: \(escapingControls(name))") }
    case .json:
      Terminal.print(
        .object([
          "event": .string(dryRun ? "plan" : "done"),
          "refs": .array(removal.refs.map { .string($0) }),
          "commits": .array(removal.commits.map { .string($0.hex) }),
          "blobs": .array(removal.blobs.map { .string($0.text) }),
          "freedByteCount": .integer(removal.freedByteCount),
        ]))
    }
  }
}
