import Tensors

/// One thing that is not as the layout or a digest says.
public struct Finding: Sendable, Equatable {
  /// What is wrong; the raw values are stable tokens.
  public enum Kind: String, Sendable, CaseIterable {
    /// The blob's content hashes to something else than its name.
    case blobCorrupted = "blob-corrupted"
    /// The blob has another size than the listing says; it was not hashed.
    case blobSizeWrong = "blob-size-wrong"
    /// A link names a blob that is not there.
    case blobMissing = "blob-missing"
    /// The blob is a folder, a device, or a link that leaves the registry; it was not opened.
    case blobNotAFile = "blob-not-a-file"
    /// A regular file or something else is where a link belongs.
    case linkReplaced = "link-replaced"
    /// The link begins with a slash: it breaks when the registry moves. It was not followed.
    case linkAbsolute = "link-absolute"
    /// The link leads out of the repo's `blobs/`. It was not followed.
    case linkOutside = "link-outside"
    /// The link names another blob than the listing does.
    case linkDisagrees = "link-disagrees"
    /// The snapshot has a file that the listing does not.
    case extraFile = "extra-file"
    /// The listing has a file that the snapshot does not.
    case fileMissing = "file-missing"
    /// There is no `trees/<commit>.json`, so nothing says which files belong to the commit.
    case treeMissing = "tree-missing"
    /// The listing cannot be read.
    case treeMalformed = "tree-malformed"
    /// The listing contradicts itself: the git id is not that of the LFS pointer.
    case treeDisagrees = "tree-disagrees"
    /// Something in `snapshots/` is not named by a commit or is no folder.
    case snapshotStray = "snapshot-stray"
    /// The repo's folders are not as the layout says, so that nothing more can be told of it.
    case repoDamaged = "repo-damaged"
    /// The snapshot's folder cannot be read.
    case snapshotDamaged = "snapshot-damaged"
    /// The ref's file is empty.
    case refEmpty = "ref-empty"
    /// The ref ends in a newline.
    case refNewline = "ref-newline"
    /// The ref is not 40 lower-case hexadecimal digits.
    case refNotACommit = "ref-not-a-commit"
    /// The ref is a folder without refs, a link, or something else.
    case refNotAFile = "ref-not-a-file"
    /// The ref stands for a commit without a snapshot.
    case refDangling = "ref-dangling"
    /// The ref's name cannot be a revision, or is what a killed writer left.
    case refNameInvalid = "ref-name-invalid"
  }

  /// What is wrong.
  public var kind: Kind
  /// The repo.
  public var repo: RepoID
  /// The path on this machine.
  public var path: String
  /// The refs that lead here: those of the snapshot, or the one that is wrong.
  public var refs: [String] = []
  /// The snapshot's commit.
  public var commit: GitObjectID?
  /// The file in the repo, as found.
  public var file: String?
  /// The blob's name, as found.
  public var blob: String?
  /// What should be there.
  public var expected: String?
  /// What is there.
  public var found: String?
}

extension Finding: CustomStringConvertible {
  /// One line: kind, repo, refs, file, snapshot, blob, expected, found, path; control characters
  /// escaped.
  public var description: String {
    var text = "\(kind.rawValue): \(repo)"
    if !refs.isEmpty { text += " (\(refs.joined(separator: ", ")))" }
    if let file { text += " \(file)" }
    if let commit { text += ", snapshot \(commit)" }
    if let blob { text += ", blob \(blob)" }
    if let expected { text += ", expected \(expected)" }
    if let found { text += ", found \(found)" }
    return escapingControls(text + " [\(path)]")
  }
}
