internal import ArgumentParser
internal import Conversion
internal import Registry
internal import Tensors

/// The option of every command that works on the registry.
struct RegistryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The registry; by default HF_HUB_CACHE, HF_HOME/hub or ~/.cache/huggingface/hub.",
      valueName: "folder"))
  var registry: String?

  /// The registry.
  func open() throws(ModelError) -> ModelRegistry {
    ModelRegistry(
      try RegistryLocation.resolve(explicit: registry, environment: Terminal.environment))
  }
}

/// `ingot publish`: a folder becomes a revision in the registry.
struct Publish: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish a folder to the local registry, in Hugging Face layout.",
    discussion: """
      Everything in the folder becomes one commit; the ref moves last, so a reader sees the old \
      revision or the whole new one. The same content again changes nothing. A folder that Ingot \
      converted is published without a copy where the filesystem allows, and its files then become \
      read-only, because the registry shares them.

      """ + ExitStatus.help)

  @Argument(help: "The folder.")
  var folder: String

  @Argument(help: "The repo: org/name.")
  var repo: String

  @Option(help: "The branch.")
  var revision = "main"

  @Option(help: "A tag for the commit; repeatable.")
  var tag: [String] = []

  @Flag(name: .customLong("move-tags"), help: "Move tags that stand for another commit.")
  var moveTags = false

  @Option(
    name: .customLong("expect-old"),
    help: ArgumentHelp(
      "Publish only if the branch stands at this commit, or at none.", valueName: "commit|none"))
  var expectOld: String?

  @Flag(
    name: .customLong("copy"),
    help: "Never make a blob another name of the file, so that the file stays writable.")
  var copy = false

  @Option(help: "Files that are hashed at a time; all cores by default.")
  var threads: Int?

  @Option(help: "human, json or quiet (the commit).")
  var format = OutputFormat.human

  @OptionGroup var registry: RegistryOptions

  func run() throws {
    Signals.catchInterruption()
    let publication = try registry.open().publish(
      folder: folder, to: RepoID(repo), revision: RevisionName(revision),
      tags: tag.map { name throws(ModelError) in try RevisionName(name) }, options: options())
    switch format {
    case .quiet: Terminal.print(publication.commit.hex)
    case .json: Terminal.print(json(publication))
    case .human: show(publication)
    }
  }

  private func options() throws(ModelError) -> PublishOptions {
    var options = PublishOptions()
    options.threadCount = threads ?? Processors.count
    options.moveTags = moveTags
    options.date = try PublishOptions.date(environment: Terminal.environment)
    options.isCancelled = { Signals.isStopping }
    let bar = ProgressBar("publish", format: format)
    options.onProgress = { bar.show($0.doneByteCount, of: $0.totalByteCount) }
    options.onStep = { Fault.strike("publish." + $0.rawValue) }
    if let expectOld {
      guard let commit = GitObjectID(hex: expectOld) else {
        guard expectOld == "none" else {
          throw ModelError(
            .invalidArgument, "not-a-commit", "--expect-old takes 40 hexadecimal digits or none")
        }
        options.expectedCommit = .absent
        return try claims(options)
      }
      options.expectedCommit = .commit(commit)
    }
    return try claims(options)
  }

  /// A folder with a manifest is Ingot's own: its files are replaced and never edited, so they may
  /// be shared; and what the manifest says of them is checked on the way.
  private func claims(_ options: PublishOptions) throws(ModelError) -> PublishOptions {
    var options = options
    let location: OutputVerification.Location
    do throws(ModelError) {
      location = try OutputVerification.Location(of: folder)
    } catch {
      guard error.reason == "no-manifest" else { throw error }
      return options
    }
    let manifest = try OutputVerification(location).manifest
    options.allowHardLink = !copy
    for file in manifest.files {
      options.knownDigests[file.path] = PublishOptions.KnownDigest(
        sha256: file.sha256, byteCount: file.byteCount)
    }
    return options
  }

  private func show(_ publication: Publication) {
    var table = TextTable([("file", .left), ("bytes", .right), ("sha256", .left), ("how", .left)])
    for file in publication.files {
      table.add([
        file.path.text, String(file.byteCount), file.sha256.hex,
        file.outcome.rawValue + (file.isRepair ? ", repaired" : ""),
      ])
    }
    for line in table.lines { Terminal.print(line) }
    for path in publication.leftOut {
      Terminal.say("note: left out, a repo cannot hold it: \(escapingControls(path))")
    }
    if publication.files.contains(where: { $0.outcome == .linked }) {
      Terminal.say("note: files that the registry shares are read-only now")
    }
    Terminal.print(
      "\(publication.repo)@\(publication.revision) is \(publication.commit)"
        + (publication.isNewCommit ? "" : ", as before"))
    Terminal.print(publication.snapshotPath)
  }

  private func json(_ publication: Publication) -> JSONValue {
    .object([
      "event": .string("done"), "repo": .string(publication.repo.text),
      "revision": .string(publication.revision.text),
      "tags": .array(publication.tags.map { .string($0.text) }),
      "commit": .string(publication.commit.hex),
      "previousCommit": publication.previousCommit.map { .string($0.hex) } ?? .null,
      "snapshot": .string(publication.snapshotPath),
      "files": .array(
        publication.files.map {
          .object([
            "path": .string($0.path.text), "byteCount": .integer($0.byteCount),
            "sha256": .string($0.sha256.hex), "blob": .string($0.blob.text),
            "outcome": .string($0.outcome.rawValue), "isRepair": .bool($0.isRepair),
          ])
        }),
    ])
  }
}
