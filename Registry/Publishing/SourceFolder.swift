import Tensors

/// One file to publish.
struct SourceFile: Sendable {
  /// The path in the repo.
  var path: RepoFilePath
  /// The path on this machine.
  var location: String
}

/// The folder to publish, as found.
struct SourceFolder: Sendable {
  /// The files, by rising path.
  var files: [SourceFile] = []
  /// Paths that are git's or huggingface_hub's own and no part of a repo; sorted.
  var leftOut: [String] = []

  /// Lists `path` with all folders below it. Links to files count as files, as in a snapshot of
  /// this very layout; links to folders are refused, and so is everything but files and folders.
  ///
  /// Throws `notFound` (`no-such-file`), `invalidArgument` (`not-a-folder`, `folder-empty`,
  /// `file-name-invalid`), `malformed` (`not-a-regular-file`, `file-name-not-utf8`), `refused`
  /// (`file-name-ambiguous`, `link-to-folder`).
  init(_ path: String) throws(ModelError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ModelError(.invalidArgument, "not-a-folder", "the folder's name is empty or has a NUL")
    }
    guard Folder.isFolder(path) else {
      guard try EntryStatus.of(path) != nil else {
        throw ModelError(.notFound, "no-such-file", "no such folder", file: path)
      }
      throw ModelError(.invalidArgument, "not-a-folder", "not a folder", file: path)
    }
    try collect("", root: path, depth: 0)
    guard !files.isEmpty else {
      throw ModelError(.invalidArgument, "folder-empty", "the folder has no files", file: path)
    }
    files.sort { $0.path < $1.path }
    leftOut.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    // Swift compares text by meaning: names that differ only in how an accent is composed are one
    // name on some systems and two on others.
    var seen: Set<String> = []
    for file in files where !seen.insert(file.path.text).inserted {
      throw ModelError(
        .refused, "file-name-ambiguous",
        "two files have this name, with its accents composed in two ways", file: file.location)
    }
  }

  private mutating func collect(
    _ prefix: String, root: String, depth: Int
  ) throws(ModelError) {
    for entry in try Folder.entries(prefix.isEmpty ? root : root + "/" + prefix) {
      let name = prefix.isEmpty ? entry.name : prefix + "/" + entry.name
      let location = root + "/" + name
      if NameRules.isTooling(entry.name) {
        leftOut.append(name)
        continue
      }
      let path: RepoFilePath
      do throws(ModelError) {
        path = try RepoFilePath(name)
      } catch {
        throw error.at(file: location)
      }
      switch entry.kind {
      case .folder: try collect(name, root: root, depth: depth + 1)
      case .regular: files.append(SourceFile(path: path, location: location))
      case .link:
        guard !Folder.isFolder(location) else {
          throw ModelError(
            .refused, "link-to-folder", "a link to a folder is not followed", file: location)
        }
        files.append(SourceFile(path: path, location: location))
      case .other:
        throw ModelError(.malformed, "not-a-regular-file", "not a regular file", file: location)
      }
    }
  }
}
