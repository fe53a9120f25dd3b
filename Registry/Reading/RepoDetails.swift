public import Tensors

/// What the registry has of one repo, without reading any content.
public struct RepoDetails: Sendable {
  /// One commit.
  public struct Commit: Sendable {
    /// The commit.
    public var id: GitObjectID
    /// The refs that stand for it, sorted; a commit without one goes at `hf cache prune`.
    public var refs: [String]
    /// Files.
    public var fileCount: Int
    /// Bytes of all files; a blob that two files share counts twice.
    public var byteCount: Int
    /// Why the commit cannot be used, if something is missing; `verify` says everything.
    public var problem: ModelError?
  }

  /// The repo.
  public var repo: RepoID
  /// The folder: `<root>/models--org--name`.
  public var path: String
  /// The refs, by name.
  public var refs: [Ref]
  /// The commits, those with refs first, then by id.
  public var commits: [Commit]
  /// Files in `blobs/`.
  public var blobCount: Int
  /// Their bytes.
  public var blobByteCount: Int
  /// Why nothing else is known of the repo, if its folders are damaged; only in a listing.
  public var problem: ModelError?
}

/// What a registry has.
public struct RegistryListing: Sendable {
  /// The model repos, by name.
  public var repos: [RepoDetails]
  /// What else is in the registry's folder and was not looked into: data sets, spaces, repos with a
  /// name that cannot be published here. Sorted.
  public var others: [String]
}

extension ModelRegistry {
  /// Every repo; a damaged one is listed with its problem, not left out.
  ///
  /// Throws `notFound` (`no-such-registry`), `io`.
  public func list() throws(ModelError) -> RegistryListing {
    try requirePresent()
    var listing = RegistryListing(repos: [], others: [])
    for entry in try Folder.entries(root) {
      // The files huggingface_hub itself puts here.
      if [".locks", "CACHEDIR.TAG", "blobs"].contains(entry.name) { continue }
      guard let repo = RepoID(folderName: entry.name), Folder.isFolder(root + "/" + entry.name)
      else {
        listing.others.append(entry.name)
        continue
      }
      do throws(ModelError) {
        listing.repos.append(try show(repo))
      } catch {
        guard error.code != .io else { throw error }
        listing.repos.append(
          RepoDetails(
            repo: repo, path: root + "/" + entry.name, refs: [], commits: [], blobCount: 0,
            blobByteCount: 0, problem: error))
      }
    }
    return listing
  }

  /// One repo. Throws `notFound` (`no-such-repo`), `malformed` (`not-a-folder`), `io`.
  public func show(_ repo: RepoID) throws(ModelError) -> RepoDetails {
    let folder = RepoFolder(root: root, repo: repo)
    try folder.requirePresent()
    let refs = try RefFile.all(in: folder)
    var commits: [RepoDetails.Commit] = []
    for id in try SnapshotFolder.commits(in: folder) {
      commits.append(try details(id, refs, folder))
    }
    commits.sort { left, right in
      (left.refs.isEmpty ? 1 : 0, left.id.hex) < (right.refs.isEmpty ? 1 : 0, right.id.hex)
    }
    var blobCount = 0
    var blobByteCount = 0
    for entry in try Folder.entriesIfPresent(folder.blobs) {
      guard let blob = BlobName(entry.name),
        let byteCount = try BlobFile.byteCount(blob, in: folder)
      else { continue }
      blobCount += 1
      blobByteCount = try Checked.sum(blobByteCount, byteCount)
    }
    return RepoDetails(
      repo: repo, path: folder.path, refs: refs, commits: commits, blobCount: blobCount,
      blobByteCount: blobByteCount)
  }

  private func details(
    _ id: GitObjectID, _ refs: [Ref], _ folder: RepoFolder
  ) throws(ModelError) -> RepoDetails.Commit {
    let names = refs.filter { (try? $0.commit.get()) == id }.map(\.name)
    var commit = RepoDetails.Commit(id: id, refs: names, fileCount: 0, byteCount: 0)
    do throws(ModelError) {
      let snapshot = try resolve(folder.repo, RevisionName(id.hex))
      commit.fileCount = snapshot.files.count
      for file in snapshot.files {
        commit.byteCount = try Checked.sum(commit.byteCount, file.byteCount)
      }
    } catch {
      guard error.code != .io else { throw error }
      commit.problem = error
    }
    return commit
  }
}

/// The folder `snapshots/`.
enum SnapshotFolder {
  /// The commits that have a folder, by id; other names are left out.
  static func commits(in folder: RepoFolder) throws(ModelError) -> [GitObjectID] {
    var commits: [GitObjectID] = []
    for entry in try Folder.entriesIfPresent(folder.snapshots) where entry.kind == .folder {
      if let id = GitObjectID(hex: entry.name) { commits.append(id) }
    }
    return commits
  }
}
