internal import Dialects
internal import Digests
internal import Encodings
public import Tensors

/// Carries out a plan: read, choose numbers, encode, write at the planned offset, prove.
public struct Converter: Sendable {
  /// What the caller hears while a conversion runs; called from worker threads.
  public struct Events: Sendable {
    /// Bytes of source data finished, of all; called after every unit.
    public var onProgress: @Sendable (_ doneByteCount: Int, _ allByteCount: Int) -> Void
    /// A named moment passed; a debug build can be killed here.
    public var onStep: @Sendable (ConversionStep) -> Void
    /// Whether the user asked to stop; asked before every unit.
    public var isCancelled: @Sendable () -> Bool

    /// Creates events; the default hears nothing and never stops.
    public init(
      onProgress: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
      onStep: @escaping @Sendable (ConversionStep) -> Void = { _ in },
      isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
      self.onProgress = onProgress
      self.onStep = onStep
      self.isCancelled = isCancelled
    }
  }

  /// What a conversion left behind.
  public struct Report: Sendable {
    /// The manifest, as written.
    public var manifest: Manifest
    /// Leaves taken over from an interrupted run, after their bytes were checked.
    public var resumedLeafCount: Int
  }

  let checkpoint: Checkpoint
  let plan: Plan
  let events: Events

  /// Creates a conversion of `checkpoint` by `plan`, which was made for it.
  public init(_ checkpoint: Checkpoint, plan: Plan, events: Events = Events()) {
    self.checkpoint = checkpoint
    self.plan = plan
    self.events = events
  }

  /// Runs the whole conversion and gives the output its final name.
  ///
  /// With `resumes`, leaves that an interrupted run of the same job wrote are read back, compared
  /// with the journal and kept; and if that run was killed when all was made and only names were
  /// left to change, they are changed and its manifest is the result.
  ///
  /// Throws the plan's `refusal`; `refused` (`output-exists`; `nonfinite-values`, `value-overflow`
  /// naming tensor, index and count), `io`, `conflict`, `cancelled`, or what a plugin reports. After an
  /// error nothing is left; after `cancelled` the journal is.
  public func run(to target: OutputTarget, replacesExisting: Bool, resumes: Bool)
    throws(ModelError) -> Report
  {
    if let refusal = plan.refusal { throw refusal }
    try Converter.checkNotASource(target, checkpoint)
    let staged = try StagedOutput(target, replacesExisting: replacesExisting)
    let job = jobDigest(target)
    if resumes, let manifest = try staged.finishPublishing(job: job) {
      let leafCount = plan.tensors.reduce(0) { $0 + $1.leafCount }
      return Report(manifest: manifest, resumedLeafCount: leafCount)
    }
    try staged.prepare()
    let continues = resumes ? try !staged.holdsReplacedOutput() : false
    let journal = try Journal(path: staged.journalPath, job: job, resumes: continues)
    // From here on this process has the staging folder alone, and may discard it.
    do throws(ModelError) {
      // What another job left is not written over: its files may be links that others share.
      if !journal.isContinued { try staged.keepOnly([]) }
      return try write(to: staged, journal)
    } catch {
      if error.code != .cancelled {
        // The first error is the one to report; what cannot be removed is swept by the next run.
        try? staged.discard()
      }
      throw error
    }
  }

  private func write(to staged: StagedOutput, _ journal: Journal) throws(ModelError) -> Report {
    let companions = staged.target.isFolder ? plan.companions : []
    let ownNames = [staged.target.manifestName, staged.target.checksumName]
    try staged.keepOnly(
      Set(
        plan.files.map(\.name) + ownNames + companions.map { String($0.split(separator: "/")[0]) }))
    events.onStep(.staged)

    var outputs: [OutputFile] = []
    for file in plan.files {
      let output = try OutputFile(
        path: staged.contentPath + "/" + file.name, byteCount: file.byteCount)
      for segment in file.segments { try output.write(segment.bytes, at: segment.offset) }
      outputs.append(output)
    }
    let run = ConversionRun(self, outputs: outputs, journal: journal)
    let results = try run.finish()
    for file in checkpoint.files { try (file.source as? FileByteSource)?.checkUnchanged() }
    events.onStep(.weightsWritten)
    for output in outputs { try output.finish() }
    events.onStep(.weightsDurable)

    var files = results.files
    for companion in companions {
      files.append(try write(companion, to: staged.contentPath))
    }
    events.onStep(.companionsCopied)
    let manifest = try self.manifest(files: files)
    try FileSystem.write(manifest.text, to: staged.contentPath + "/" + staged.target.manifestName)
    try FileSystem.write(
      manifest.checksums(manifestName: staged.target.manifestName),
      to: staged.contentPath + "/" + staged.target.checksumName)
    events.onStep(.manifestWritten)
    try staged.makeDurable()
    events.onStep(.contentDurable)
    try journal.seal(SHA256.digest(of: Array(manifest.text.utf8)))
    try staged.publish(onStep: events.onStep)
    return Report(manifest: manifest, resumedLeafCount: results.resumedLeafCount)
  }

  private func write(_ companion: String, to folder: String) throws(ModelError) -> Manifest.File {
    guard let made = checkpoint.madeCompanions[companion] else {
      return try Companion.copy(companion, from: checkpoint.folder ?? ".", to: folder)
    }
    return try Companion.write(made, as: companion, to: folder)
  }

  /// Throws `invalidArgument` (`output-is-source`) if the output path names a source file or a
  /// folder that one lies in, by device and inode, so that links are seen through: a folder that is
  /// replaced takes everything in it along.
  private static func checkNotASource(_ target: OutputTarget, _ checkpoint: Checkpoint)
    throws(ModelError)
  {
    guard let existing = FileIdentity.of(path: target.path) else { return }
    var sources = checkpoint.files.compactMap { ($0.source as? FileByteSource)?.identity }
    if let folder = checkpoint.folder, let identity = FileIdentity.of(path: folder) {
      sources.append(identity)
    }
    for file in checkpoint.files where file.source is FileByteSource {
      sources += FileSystem.foldersAbove(file.source.name).compactMap { FileIdentity.of(path: $0) }
    }
    guard !sources.contains(where: { $0.isSameFile(as: existing) }) else {
      throw ModelError(
        .invalidArgument, "output-is-source", "the output is the source, or holds it",
        file: target.path)
    }
  }

  /// Everything that decides the output's bytes, and the identity of the source's files.
  private func jobDigest(_ target: OutputTarget) -> Digest {
    var text = "\(plan.job.programVersion)\n\(plan.job.recipe.compactText)\n"
    text += "\(plan.job.nonfinite.rawValue)\n\(plan.container.id) \(plan.container.version)\n"
    if let importance = plan.importance {
      text += "\(Manifest.Importance(importance).json.compactText)\n"
    }
    if let translation = plan.job.translation { text += "\(translation.json.compactText)\n" }
    for edit in plan.job.metadataEdits {
      text += "\(Manifest.json(edit).compactText)\n"
    }
    text += "\(FileSystem.name(of: target.path))\n"
    for file in checkpoint.files {
      text += file.source.name
      if let identity = (file.source as? FileByteSource)?.identity {
        text += " \(identity.device) \(identity.inode) \(identity.byteCount)"
        text += " \(identity.modificationTime)"
      }
      text += "\n"
    }
    for companion in target.isFolder ? plan.companions : [] {
      text += "\(companion)\u{0}"
      if let made = checkpoint.madeCompanions[companion] {
        text += " \(SHA256.digest(of: made))"
      } else if let identity = FileIdentity.of(path: (checkpoint.folder ?? ".") + "/" + companion) {
        text += " \(identity.inode) \(identity.byteCount) \(identity.modificationTime)"
      }
      text += "\n"
    }
    for file in plan.files {
      text += "\(file.name) \(file.byteCount)\n"
      for segment in file.segments {
        text += "\(segment.offset) \(SHA256.digest(of: segment.bytes))\n"
      }
      for tensor in file.tensors {
        text += "\(tensor.name)\u{0}\(tensor.elementType) \(tensor.offset) \(tensor.byteCount)\n"
      }
    }
    return SHA256.digest(of: Array(text.utf8))
  }
}

extension OutputTarget {
  /// Whether the output is a folder.
  public var isFolder: Bool { if case .folder = self { true } else { false } }
}

extension OutputFile {
  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: [UInt8], at offset: Int) throws(ModelError) {
    var failure: ModelError?
    bytes.withUnsafeBytes { buffer in
      do throws(ModelError) { try write(buffer, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

extension Converter {
  /// Refuses at once what `run` would refuse: an output that exists or is the source. What an
  /// interrupted run left half renamed is let pass, because `run` finishes it.
  ///
  /// Throws `refused` (`output-exists`), `invalidArgument` (`output-is-source`).
  public static func checkOutputIsFree(_ target: OutputTarget, _ checkpoint: Checkpoint)
    throws(ModelError)
  {
    try checkNotASource(target, checkpoint)
    let staged = try StagedOutput(target, replacesExisting: false)
    // What an interrupted run all but finished is for `run` to judge, which knows the job.
    if try staged.unfinishedNames(job: nil) != nil { return }
    try StagedOutput.checkFree(target)
  }

  /// Refuses at once what `run` would refuse to replace.
  ///
  /// Throws `refused` (`not-an-output`), `invalidArgument` (`output-is-source`).
  public static func checkOutputIsReplaceable(_ target: OutputTarget, _ checkpoint: Checkpoint)
    throws(ModelError)
  {
    try checkNotASource(target, checkpoint)
    try StagedOutput.checkReplaceable(target)
  }
}
