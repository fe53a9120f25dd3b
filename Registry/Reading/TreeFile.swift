public import Tensors

/// One file of a commit.
public struct TreeEntry: Sendable, Hashable {
  /// The path in the repo.
  public var path: RepoFilePath
  /// Bytes.
  public var byteCount: Int
  /// What git would store: the id of the content, or of the LFS pointer to it.
  public var gitID: GitObjectID
  /// SHA-256 of the content, for files in LFS; nil for others.
  public var sha256: Digest?

  /// The file's blob.
  public var blob: BlobName { sha256.map { .sha256($0) } ?? .git(gitID) }
}

/// `trees/<commit>.json`: every file of a commit, in the form that huggingface_hub 2.4.0 writes and
/// reads (`_tree_cache.py`, format version 1). It must be complete: `snapshot_download` takes a
/// file that is not in it as one the commit does not have.
enum TreeFile {
  /// The largest file that is read: about 250 000 entries.
  static let byteCountLimit = 64 << 20

  /// The text: paths by rising code points, one space of indentation, ASCII only, no `xet_hash`
  /// (with one, readers would ask a Xet server).
  static func text(_ entries: [TreeEntry]) -> String {
    let files = entries.sorted { $0.path < $1.path }.map { entry in
      var members = "   \"size\": \(entry.byteCount),\n   \"blob_id\": \"\(entry.gitID.hex)\""
      if let sha256 = entry.sha256 {
        members += ",\n   \"lfs_sha256\": \"\(sha256.hex)\",\n   \"lfs_size\": \(entry.byteCount)"
      }
      return "  \(quoted(entry.path.text)): {\n\(members)\n  }"
    }
    let list = files.isEmpty ? "{}" : "{\n" + files.joined(separator: ",\n") + "\n }"
    return "{\n \"format_version\": 1,\n \"files\": \(list)\n}"
  }

  /// Reads the listing of `commit`; nil if there is none. By rising path.
  ///
  /// Throws `malformed` (JSON's reasons, `tree-invalid`, `file-name-invalid`), `refused`
  /// (`duplicate-key`), `unsupported` (`tree-format-version`), `limitExceeded` (`file-too-large`).
  static func read(
    _ commit: GitObjectID, in folder: RepoFolder
  ) throws(ModelError) -> [TreeEntry]? {
    let path = folder.tree(commit)
    guard try EntryStatus.of(path) != nil else { return nil }
    do throws(ModelError) {
      return try parse(File.read(path, limit: byteCountLimit))
    } catch {
      throw error.at(file: path)
    }
  }

  /// Parses the content of a listing; throws as `read`.
  static func parse(_ bytes: [UInt8]) throws(ModelError) -> [TreeEntry] {
    let document = try JSONValue.parse(bytes)
    guard let version = document["format_version"]?.integer else {
      throw ModelError(.malformed, "tree-invalid", "\"format_version\" is missing or no number")
    }
    guard version == 1 else {
      throw ModelError(
        .unsupported, "tree-format-version", "format_version is \(version); 1 is supported")
    }
    guard let files = document["files"]?.object else {
      throw ModelError(.malformed, "tree-invalid", "\"files\" is missing or no object")
    }
    var entries: [TreeEntry] = []
    for (name, value) in files { entries.append(try entry(name, value)) }
    return entries.sorted { $0.path < $1.path }
  }

  private static func entry(_ name: String, _ value: JSONValue) throws(ModelError) -> TreeEntry {
    func invalid(_ problem: String) -> ModelError {
      ModelError(.malformed, "tree-invalid", "the entry \"\(name)\": \(problem)")
    }
    let path: RepoFilePath
    do throws(ModelError) {
      path = try RepoFilePath(name)
    } catch {
      throw ModelError(.malformed, error.reason, error.message)
    }
    guard let byteCount = value["size"]?.integer, byteCount >= 0 else {
      throw invalid("\"size\" is no whole number of at least 0")
    }
    guard let id = value["blob_id"]?.string.flatMap(GitObjectID.init(hex:)) else {
      throw invalid("\"blob_id\" is not 40 lower-case hexadecimal digits")
    }
    var sha256: Digest?
    if let member = value["lfs_sha256"], member != .null {
      guard let digest = member.string.flatMap(Digest.init(hex:)) else {
        throw invalid("\"lfs_sha256\" is not 64 lower-case hexadecimal digits")
      }
      guard value["lfs_size"]?.integer == byteCount else {
        throw invalid("\"lfs_size\" is not equal to \"size\"")
      }
      sha256 = digest
    }
    return TreeEntry(path: path, byteCount: byteCount, gitID: id, sha256: sha256)
  }

  /// JSON text of a string, with everything but ASCII escaped, as Python's `json.dump` does.
  private static func quoted(_ text: String) -> String {
    var result = ""
    for unit in JSONValue.string(text).compactText.utf16 {
      if unit < 0x80 {
        result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      } else {
        let hex = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      }
    }
    return result
  }
}
