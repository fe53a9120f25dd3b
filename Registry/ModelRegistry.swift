public import Tensors

/// A store of model repos in the layout of the Hugging Face cache, so that the tools people already
/// use find what is published here, offline. README.md draws the tree.
///
/// A value: it holds a path and no state. Every method can be called from any thread, and several
/// processes can use one registry at a time. Reading needs no write permission and takes no lock.
public struct ModelRegistry: Sendable {
  /// The folder, without a slash at the end.
  public let root: String

  /// Names a registry; nothing is read or made.
  public init(root: String) {
    var root = root
    while root.count > 1, root.hasSuffix("/") { root.removeLast() }
    self.root = root
  }

  /// Names the registry at `location`; nothing is read or made.
  public init(_ location: RegistryLocation) { self.init(root: location.path) }

  /// Publishes all files of `folder` as one commit, and makes `revision` and then `tags` stand for
  /// it. The same content again gives the same commit and moves nothing; blobs, links and listing
  /// of that commit are put right on the way if they are damaged.
  ///
  /// The ref moves last: after an error or a crash at any moment it stands for the old commit or
  /// for the whole new one. Killed publications leave only a staging folder, which the next one
  /// removes.
  ///
  /// Throws `invalidArgument` (`not-a-folder`, `folder-empty`, `file-name-invalid`,
  /// `revision-is-a-commit`, `revision-reserved`, `revision-twice`), `notFound`, `malformed`
  /// (`not-a-regular-file`, `ref-…`), `refused` (`link-to-folder`, `file-name-ambiguous`),
  /// `corrupted` (`digest-mismatch`, `file-missing`, `snapshot-damaged`, `blob-not-a-file`),
  /// `conflict` (`unexpected-commit`, `tag-exists`, `ref-name-conflict`, `locked`,
  /// `digest-collision`, `blob-contended`, `blob-vanished`), `unsupported`
  /// (`symbolic-links-unsupported`), `io`, `cancelled` (`interrupted`).
  public func publish(
    folder: String, to repo: RepoID, revision: RevisionName = .main, tags: [RevisionName] = [],
    options: PublishOptions = PublishOptions()
  ) throws(ModelError) -> Publication {
    try Publisher(
      folder: RepoFolder(root: root, repo: repo), revision: revision, tags: tags, options: options
    ).publish(folder)
  }

  func requirePresent() throws(ModelError) {
    guard Folder.isFolder(root) else {
      throw ModelError(.notFound, "no-such-registry", "there is no registry here", file: root)
    }
  }
}
