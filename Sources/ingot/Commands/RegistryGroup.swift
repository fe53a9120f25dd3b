internal import ArgumentParser
internal import Registry
internal import Tensors

/// `ingot registry`.
struct RegistryGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registry", abstract: "The local registry, in Hugging Face layout.",
    discussion: ExitStatus.help,
    subcommands: [
      RegistryList.self, RegistryShow.self, RegistryVerify.self, RegistryRemove.self,
    ])
}

/// `org/name[@revision]`, checked.
struct RepoArgument {
  let repo: RepoID
  let revision: RevisionName?

  init(_ text: String) throws(ModelError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    repo = try RepoID(String(parts[0]))
    revision = try parts.count == 2 ? RevisionName(String(parts[1])) : nil
  }
}

/// `ingot registry list`.
struct RegistryList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the repos.", discussion: ExitStatus.help)

  @Option(help: "human, json or quiet (repo ids).")
  var format = OutputFormat.human

  @OptionGroup var registry: RegistryOptions

  func run() throws {
    let listing = try registry.open().list()
    var table = TextTable([
      ("repo", .left), ("refs", .left), ("commits", .right), ("bytes", .right),
    ])
    for repo in listing.repos {
      switch format {
      case .quiet: Terminal.print(repo.repo.text)
      case .json: Terminal.print(RegistryShow.json(repo))
      case .human:
        table.add([
          repo.repo.text, repo.refs.map(\.name).joined(separator: " "),
          String(repo.commits.count), String(repo.blobByteCount),
        ])
      }
      if let problem = repo.problem { Terminal.say("damaged: \(problem)") }
    }
    guard format == .human else { return }
    for line in table.lines { Terminal.print(line) }
    if !listing.others.isEmpty {
      Terminal.say("not looked into: \(escapingControls(listing.others.joined(separator: ", ")))")
    }
  }
}

/// `ingot registry show`.
struct RegistryShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show refs, commits and files of a repo.",
    discussion: ExitStatus.help)

  @Argument(help: "org/name, or org/name@revision for its files.")
  var repo: String

  @Option(help: "human, json or quiet (the snapshot's folder).")
  var format = OutputFormat.human

  @OptionGroup var registry: RegistryOptions

  func run() throws {
    let argument = try RepoArgument(repo)
    let store = try registry.open()
    if argument.revision != nil || format == .quiet {
      try showSnapshot(try store.resolve(argument.repo, argument.revision ?? .main))
    } else {
      showRepo(try store.show(argument.repo))
    }
  }

  private func showSnapshot(_ snapshot: Snapshot) throws {
    switch format {
    case .quiet: Terminal.print(snapshot.path)
    case .json:
      Terminal.print(
        .object([
          "repo": .string(snapshot.repo.text), "commit": .string(snapshot.commit.hex),
          "path": .string(snapshot.path),
          "files": .array(
            snapshot.files.map {
              .object([
                "path": .string($0.path.text), "byteCount": .integer($0.byteCount),
                "blob": .string($0.blob.text),
              ])
            }),
        ]))
    case .human:
      Terminal.print("\(snapshot.repo) \(snapshot.commit)")
      var table = TextTable([("file", .left), ("bytes", .right), ("blob", .left)])
      for file in snapshot.files {
        table.add([file.path.text, String(file.byteCount), file.blob.text])
      }
      for line in table.lines { Terminal.print(line) }
      Terminal.print(snapshot.path)
    }
  }

  private func showRepo(_ repo: RepoDetails) {
    if format == .json { return Terminal.print(RegistryShow.json(repo)) }
    Terminal.print("\(repo.repo), \(repo.blobCount) blobs, \(ByteSize.text(repo.blobByteCount))")
    var table = TextTable([
      ("commit", .left), ("refs", .left), ("files", .right), ("bytes", .right), ("problem", .left),
    ])
    for commit in repo.commits {
      table.add([
        commit.id.hex, commit.refs.joined(separator: " "), String(commit.fileCount),
        String(commit.byteCount), commit.problem?.reason ?? "",
      ])
    }
    for line in table.lines { Terminal.print(line) }
  }

  static func json(_ repo: RepoDetails) -> JSONValue {
    .object([
      "repo": .string(repo.repo.text), "path": .string(repo.path),
      "blobCount": .integer(repo.blobCount), "blobByteCount": .integer(repo.blobByteCount),
      "problem": repo.problem.map { .string($0.reason) } ?? .null,
      "commits": .array(
        repo.commits.map { commit in
          .object([
            "commit": .string(commit.id.hex), "refs": .array(commit.refs.map { .string($0) }),
            "fileCount": .integer(commit.fileCount), "byteCount": .integer(commit.byteCount),
            "problem": commit.problem.map { .string($0.reason) } ?? .null,
          ])
        }),
    ])
  }
}
