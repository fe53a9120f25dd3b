internal import Tensors

/// The unfinished output of one conversion: `<parent>/.<name>.ingot-partial/` with `journal` and
/// `content/`. `content` becomes the output by renaming, so a name that is final is whole.
struct StagedOutput {
  let target: OutputTarget
  let replacesExisting: Bool
  let path: String
  var contentPath: String { path + "/content" }
  var journalPath: String { path + "/journal" }
  private var replacedPath: String { path + "/replaced" }

  /// Names the staging folder; touches nothing. Throws `invalidArgument` (`name-too-long`).
  init(_ target: OutputTarget, replacesExisting: Bool) throws(ModelError) {
    self.target = target
    self.replacesExisting = replacesExisting
    path = try target.stagingPath()
  }

  /// Creates or finds the staging folder.
  ///
  /// Throws `refused` (`output-exists`) if the output is there and is not to be replaced.
  func prepare() throws(ModelError) {
    if replacesExisting {
      try StagedOutput.checkReplaceable(target)
    } else {
      try StagedOutput.checkFree(target)
    }
    try FileSystem.makeFolders(FileSystem.parent(of: target.path))
    try FileSystem.makeFolder(path)
    try FileSystem.makeFolder(contentPath)
  }

  /// Throws `refused` (`output-exists`) unless nothing stands where the output will be; an empty
  /// folder is nothing.
  static func checkFree(_ target: OutputTarget) throws(ModelError) {
    func taken(_ path: String) -> ModelError {
      ModelError(.refused, "output-exists", "it exists; --force replaces it", file: path)
    }
    switch target {
    case .folder(let path):
      guard FileSystem.exists(path) else { return }
      guard FileSystem.isFolder(path), try FileSystem.names(in: path).isEmpty else {
        throw taken(path)
      }
    case .file(let path):
      let folder = FileSystem.parent(of: path)
      for name in [FileSystem.name(of: path), target.manifestName, target.checksumName]
      where FileSystem.exists(folder + "/" + name) { throw taken(folder + "/" + name) }
    }
  }

  /// Throws `refused` (`not-an-output`) unless a folder that stands where the output will be holds
  /// an earlier output and nothing else: replacing it must not take a user's own files along.
  static func checkReplaceable(_ target: OutputTarget) throws(ModelError) {
    guard case .folder(let path) = target, FileSystem.exists(path) else { return }
    guard FileSystem.isFolder(path) else {
      throw ModelError(.refused, "not-an-output", "it is no folder", file: path)
    }
    let names = try FileSystem.files(below: path)
    if names.isEmpty { return }
    guard names.contains(target.manifestName) else {
      throw ModelError(
        .refused, "not-an-output",
        "it holds \(names.count) files and no manifest; --force replaces only what Ingot wrote",
        file: path)
    }
    let manifest = try OutputVerification(OutputVerification.Location(of: path)).manifest
    let known = Set(manifest.files.map(\.path) + [target.manifestName, target.checksumName])
    let extra = names.filter { !known.contains($0) }
    guard extra.isEmpty else {
      throw ModelError(
        .refused, "not-an-output",
        "it holds files that are not of the output: \(extra.prefix(3).joined(separator: ", "))",
        file: path)
    }
  }

  /// Removes what an earlier run of another job left in `content`.
  func keepOnly(_ names: Set<String>) throws(ModelError) {
    for name in try FileSystem.names(in: contentPath) where !names.contains(name) {
      try FileSystem.remove(contentPath + "/" + name)
    }
  }

  /// Makes every staged file and folder durable.
  func makeDurable() throws(ModelError) {
    for name in try FileSystem.files(below: contentPath).map({
      FileSystem.parent(of: contentPath + "/" + $0)
    }).uniqued() {
      try FileSystem.syncFolder(name)
    }
    try FileSystem.syncFolder(contentPath)
    try FileSystem.syncFolder(path)
  }

  /// Gives the content its final name, durably; then removes the staging folder.
  func publish(onStep step: (ConversionStep) -> Void) throws(ModelError) {
    let parent = FileSystem.parent(of: target.path)
    switch target {
    case .folder(let path): try publishFolder(path)
    case .file: try publishFiles(to: parent, onStep: step)
    }
    step(.renamed)
    try FileSystem.syncFolder(parent)
    step(.nameDurable)
    try FileSystem.remove(self.path)
  }

  private func publishFolder(_ path: String) throws(ModelError) {
    if replacesExisting, FileSystem.exists(path) {
      if try FileSystem.exchange(contentPath, path) { return }
      // Without an exchange the old folder steps aside first: for a moment there is neither, and
      // the rerun of an interrupted command finds the new content still staged.
      try FileSystem.rename(path, to: replacedPath)
    }
    try FileSystem.rename(contentPath, to: path)
  }

  /// The old manifest goes first and the new one comes last, so that no manifest ever stands beside
  /// a file it does not describe.
  private func publishFiles(to folder: String, onStep step: (ConversionStep) -> Void)
    throws(ModelError)
  {
    try FileSystem.remove(folder + "/" + target.manifestName)
    try FileSystem.remove(folder + "/" + target.checksumName)
    step(.oldManifestRemoved)
    for name in target.fileNames {
      try FileSystem.rename(contentPath + "/" + name, to: folder + "/" + name)
      if name != target.manifestName { step(.fileRenamed) }
    }
  }

  /// Removes everything that is staged: after an error nothing is left. An old output that had
  /// stepped aside is put back.
  func discard() throws(ModelError) {
    if FileSystem.exists(replacedPath), !FileSystem.exists(target.path) {
      try FileSystem.rename(replacedPath, to: target.path)
    }
    try FileSystem.remove(path)
  }
}

/// The moments of a conversion at which a debug build can be killed, in order.
public enum ConversionStep: String, Sendable, CaseIterable {
  /// The staging folder and the journal exist.
  case staged = "convert.staged"
  /// A unit is written and journalled.
  case unitWritten = "convert.unit-written"
  /// All weights are written; nothing is durable yet.
  case weightsWritten = "convert.weights-written"
  /// The weights are durable.
  case weightsDurable = "convert.weights-durable"
  /// Companions are copied.
  case companionsCopied = "convert.companions-copied"
  /// The manifest is written.
  case manifestWritten = "convert.manifest-written"
  /// Every staged file and folder is durable.
  case contentDurable = "convert.content-durable"
  /// File output: no manifest stands beside the output.
  case oldManifestRemoved = "convert.old-manifest-removed"
  /// File output: one of the files has its final name.
  case fileRenamed = "convert.file-renamed"
  /// The output has its final name.
  case renamed = "convert.renamed"
  /// The final name is durable.
  case nameDurable = "convert.name-durable"
}

extension Sequence where Element: Hashable {
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
