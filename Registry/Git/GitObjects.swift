import Digests
import Tensors

/// Git's object ids, computed as git does: SHA-1 over `<type> <length>\0<content>`.
///
/// Source: git `Documentation/gitformat-*`, `object-file.c`; the LFS pointer: git-lfs
/// `docs/spec.md`, version 1.
enum GitObjects {
  /// A hash that has taken the header of a blob of `byteCount` bytes; the content comes next.
  static func blobHash(byteCount: Int) -> SHA1 {
    var hash = SHA1()
    hash.update(Array("blob \(byteCount)\0".utf8))
    return hash
  }

  /// The id of `hash`, which has taken header and content.
  static func id(_ hash: SHA1) throws(ModelError) -> GitObjectID {
    let bytes = hash.digest()
    guard let id = GitObjectID(bytes: bytes) else {
      throw ModelError(
        .corrupted, "digest-length", "SHA-1 gave \(bytes.count) bytes in place of 20")
    }
    return id
  }

  /// The id of an object of `type` with `content`.
  static func id(_ type: String, _ content: [UInt8]) throws(ModelError) -> GitObjectID {
    var hash = SHA1()
    hash.update(Array("\(type) \(content.count)\0".utf8))
    hash.update(content)
    return try id(hash)
  }

  /// What git stores in place of a file that is in LFS.
  static func pointer(sha256: Digest, byteCount: Int) -> [UInt8] {
    Array(
      "version https://git-lfs.github.com/spec/v1\noid sha256:\(sha256.hex)\nsize \(byteCount)\n"
        .utf8)
  }

  /// The id of the tree that holds `entries`, each a plain file (mode 100644: a cache in this
  /// layout keeps no executable bit). Paths are unique, and none is a folder of another.
  static func tree(_ entries: [TreeEntry]) throws(ModelError) -> GitObjectID {
    try tree(entries.map { ($0.path.parts[...], $0.gitID) })
  }

  private static func tree(
    _ entries: [(parts: ArraySlice<Substring>, id: GitObjectID)]
  ) throws(ModelError) -> GitObjectID {
    var files: [(name: [UInt8], mode: String, id: GitObjectID)] = []
    var folders: [[UInt8]: [(parts: ArraySlice<Substring>, id: GitObjectID)]] = [:]
    for entry in entries {
      guard let first = entry.parts.first else { continue }
      let name = Array(first.utf8)
      if entry.parts.count == 1 {
        files.append((name, "100644", entry.id))
      } else {
        folders[name, default: []].append((entry.parts.dropFirst(), entry.id))
      }
    }
    for (name, contents) in folders { files.append((name, "40000", try tree(contents))) }
    // Git sorts a folder as if its name ended in a slash.
    func key(_ file: (name: [UInt8], mode: String, id: GitObjectID)) -> [UInt8] {
      file.mode == "40000" ? file.name + [UInt8(ascii: "/")] : file.name
    }
    files.sort { key($0).lexicographicallyPrecedes(key($1)) }
    var content: [UInt8] = []
    for file in files {
      content += Array("\(file.mode) ".utf8) + file.name + [0] + file.id.bytes
    }
    return try id("tree", content)
  }

  /// The id of a commit of `tree` after `parent`. Author, committer and message are constants and
  /// the date is an argument (seconds since 1970, in UTC), so equal inputs give equal ids.
  static func commit(
    tree: GitObjectID, parent: GitObjectID?, date: Int
  ) throws(ModelError) -> GitObjectID {
    try id("commit", Array(commitText(tree: tree, parent: parent, date: date).utf8))
  }

  static func commitText(tree: GitObjectID, parent: GitObjectID?, date: Int) -> String {
    let person = "Ingot <ingot@localhost> \(date) +0000"
    let ancestry = parent.map { "parent \($0.hex)\n" } ?? ""
    return "tree \(tree.hex)\n\(ancestry)author \(person)\ncommitter \(person)\n\nPublish\n"
  }
}
