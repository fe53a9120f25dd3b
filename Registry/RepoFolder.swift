import Tensors

/// The paths of one repo in the registry; the tree is drawn in README.md.
struct RepoFolder: Sendable {
  let repo: RepoID
  /// `<root>/models--org--name`.
  let path: String
  /// The registry's folder.
  let root: String

  init(root: String, repo: RepoID) {
    self.repo = repo
    self.root = root
    self.path = root + "/" + repo.folderName
  }

  var blobs: String { path + "/blobs" }
  var refs: String { path + "/refs" }
  var snapshots: String { path + "/snapshots" }
  var trees: String { path + "/trees" }

  func blob(_ name: BlobName) -> String { blobs + "/" + name.text }
  func ref(_ name: String) -> String { refs + "/" + name }
  func snapshot(_ commit: GitObjectID) -> String { snapshots + "/" + commit.hex }
  func tree(_ commit: GitObjectID) -> String { trees + "/" + commit.hex + ".json" }

  /// Throws `notFound` (`no-such-repo`) unless the repo has a folder.
  func requirePresent() throws(ModelError) {
    guard Folder.isFolder(path) else {
      throw ModelError(
        .notFound, "no-such-repo", "the registry \(root) has no repo \(repo)", file: path)
    }
  }
}
