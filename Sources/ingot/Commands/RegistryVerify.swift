internal import ArgumentParser
internal import Registry
internal import Tensors

/// `ingot registry verify`: refs, snapshots and the content of every blob, offline.
struct RegistryVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Hash everything that is published, and name whatever is wrong.",
    discussion: """
      Works offline and on a read-only registry. Publishing the same content again repairs what is \
      found.

      """ + ExitStatus.help)

  @Argument(help: "org/name or org/name@revision; everything by default.")
  var repo: String?

  @Option(help: "Files that are hashed at a time; all cores by default.")
  var threads: Int?

  @Option(help: "human, json or quiet.")
  var format = OutputFormat.human

  @OptionGroup var registry: RegistryOptions

  func run() throws {
    Signals.catchInterruption()
    let argument = try repo.map { text throws(ModelError) in try RepoArgument(text) }
    var options = VerifyOptions()
    options.threadCount = threads ?? Processors.count
    options.isCancelled = { Signals.isStopping }
    let result = try registry.open().verify(
      argument?.repo, revision: argument?.revision, options: options)
    for finding in result.findings {
      switch format {
      case .human, .quiet: Terminal.print(finding.description)
      case .json: Terminal.print(json(finding))
      }
    }
    switch format {
    case .quiet: break
    case .json:
      Terminal.print(
        .object([
          "event": .string("done"), "findingCount": .integer(result.findings.count),
          "repoCount": .integer(result.repoCount),
          "snapshotCount": .integer(result.snapshotCount),
          "fileCount": .integer(result.fileCount),
          "hashedByteCount": .integer(result.hashedByteCount),
        ]))
    case .human:
      Terminal.print(
        (result.findings.isEmpty ? "verified: " : "\(result.findings.count) findings: ")
          + "\(result.repoCount) repos, \(result.snapshotCount) snapshots, "
          + "\(result.fileCount) files, \(ByteSize.text(result.hashedByteCount)) hashed")
    }
    if !result.findings.isEmpty { throw ExitStatus.differenceFound }
  }

  private func json(_ finding: Finding) -> JSONValue {
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return .object([
      "event": .string("finding"), "kind": .string(finding.kind.rawValue),
      "repo": .string(finding.repo.text), "path": .string(finding.path),
      "refs": .array(finding.refs.map { .string($0) }), "commit": text(finding.commit?.hex),
      "file": text(finding.file), "blob": text(finding.blob), "expected": text(finding.expected),
      "found": text(finding.found),
    ])
  }
}
