public import Tensors

/// Changes the metadata of a container file, and with it the manifest and checksums beside it.
///
/// A new file is made beside the old one, which takes over the weights by sharing their extents where
/// the filesystem can, and takes its name by a rename: whoever opens the file sees the old one or the
/// new one, and other hard links of it keep the old one. `inPlace` writes only the changed bytes
/// instead, where no weight moves.
public struct MetadataEditor: Sendable {
  /// What was done.
  public struct Report: Sendable, Equatable {
    /// Whether anything was written; false if the file was as it should be.
    public var isChanged = false
    /// Bytes of the file.
    public var byteCount = 0
    /// Bytes that were written over in the file itself.
    public var patchedByteCount = 0
    /// Bytes of weights that share their place on the disk with the old file.
    public var clonedByteCount = 0
    /// Bytes that were copied.
    public var copiedByteCount = 0
    /// The manifests that were brought up to date.
    public var manifestNames: [String] = []
  }

  private let path: String
  private let source: FileByteSource
  private let rewrite: MetadataRewrite

  /// Creates an editor of the file at `path`, opened as `source`, by `rewrite`, made from it.
  public init(path: String, source: FileByteSource, rewrite: MetadataRewrite) {
    self.path = path
    self.source = source
    self.rewrite = rewrite
  }

  /// Finishes a change of the file at `path` that was interrupted when it was whole; removes what is
  /// left of one that was not. Returns whether the file is another one now.
  ///
  /// Throws `conflict` (`edit-running`), `io`.
  public static func finishInterrupted(
    _ path: String, onStep: (MetadataEditStep) throws(ModelError) -> Void = { _ in }
  ) throws(ModelError) -> Bool {
    guard EditStaging.exists(for: path) else { return false }
    let staging = try EditStaging(for: path)
    if try staging.carryOut(onStep: onStep) { return true }
    try staging.discard()
    return false
  }

  /// Carries out the change.
  ///
  /// - `inPlace`: write into the file. A crash while that happens can leave a header that nobody can
  ///   read, until the next edit of the file finishes it; so it is never done unasked.
  /// - `leavesChecksums`: a checksum list that is no manifest's is left stale instead of refusing.
  ///
  /// Throws `refused`: `header-does-not-fit` and `hard-linked` for `inPlace`,
  /// `checksums-unmanaged`; `corrupted` (`manifest-differs`, `tensor-content`) if the file is not what
  /// its manifest says; `conflict` (`edit-running`); `cancelled`; `io`. Without the seal nothing is
  /// left after an error; with it, the next edit goes on.
  public func run(
    inPlace: Bool, leavesChecksums: Bool, isCancelled: () -> Bool = { false },
    onStep: (MetadataEditStep) throws(ModelError) -> Void = { _ in }
  ) throws(ModelError) -> Report {
    var report = Report()
    report.byteCount = rewrite.byteCount
    var manifests = try EditedManifest.beside(path, leavesChecksums: leavesChecksums)
    if rewrite.changesNothing { return report }
    let patches = inPlace ? try patchesInPlace() : nil
    for manifest in manifests { try manifest.check(source) }
    let staging = try EditStaging(for: path)
    do throws(ModelError) {
      try staging.begin()
      try onStep(.staged)
      if let patches {
        report.patchedByteCount = rewrite.patchedByteCount
        for patch in patches { try stage(patch, in: staging) }
        let new = PatchedSource(base: source, patches: patches)
        for index in manifests.indices { try manifests[index].update(rewrite, new: new) }
      } else {
        let staged = staging.contentPath + "/" + FileSystem.name(of: path)
        let copy = try DataCopy(path: staged, byteCount: rewrite.byteCount, from: source)
        for run in rewrite.runs { try copy.take(run, isCancelled: isCancelled) }
        try copy.write(rewrite.layout.segments)
        try copy.finish()
        report.clonedByteCount = copy.clonedByteCount
        report.copiedByteCount = copy.copiedByteCount
        for index in manifests.indices {
          try manifests[index].update(rewrite, new: FileByteSource(path: staged))
        }
      }
      for manifest in manifests { try manifest.write(to: staging.contentPath) }
      try source.checkUnchanged()
      if isCancelled() { throw ModelError(.cancelled, "interrupted", "stopped by the user") }
      try staging.seal(
        source: source.identity,
        names: [FileSystem.name(of: path)]
          + manifests.flatMap { [$0.checksumName, $0.manifestName] },
        patchOffsets: patches?.map(\.offset))
    } catch {
      // The first error is the one to report; what cannot be removed is swept by the next edit.
      try? staging.discard()
      throw error
    }
    try onStep(.sealed)
    guard try staging.carryOut(onStep: onStep) else {
      try staging.discard()
      throw ModelError(.conflict, "edit-running", "the file was replaced meanwhile", file: path)
    }
    report.isChanged = true
    report.manifestNames = manifests.map(\.manifestName)
    return report
  }

  private func patchesInPlace() throws(ModelError) -> [ContainerLayout.Segment] {
    guard let patches = rewrite.patches else {
      throw ModelError(
        .refused, "header-does-not-fit",
        "the new header takes another size, so the weights would move: leave --in-place out",
        file: path)
    }
    guard FileSystem.linkCount(path) == 1 else {
      throw ModelError(
        .refused, "hard-linked",
        "the file has other names, which would change with it: leave --in-place out", file: path)
    }
    return patches
  }

  private func stage(_ patch: ContainerLayout.Segment, in staging: EditStaging) throws(ModelError) {
    let name = staging.contentPath + "/" + EditStaging.patchName(patch.offset)
    let file = try OutputFile(path: name, byteCount: patch.bytes.count)
    try file.write(patch.bytes, at: 0)
    try file.finish()
  }
}
