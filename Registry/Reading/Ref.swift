public import Tensors

/// A name that stands for a commit: a file below `refs/`.
public struct Ref: Sendable {
  /// The path below `refs/`, such as `main` or `release/1`; as found, so perhaps no valid revision.
  public var name: String
  /// The commit, or what is wrong with the file.
  public var commit: Result<GitObjectID, ModelError>
}

/// Reading `refs/`: exactly 40 lower-case hexadecimal digits, or an error; a path is never built
/// from anything else.
enum RefFile {
  /// The commit that `name` stands for; nil if there is no such file.
  ///
  /// Throws `malformed`: `ref-empty`, `ref-newline`, `ref-not-a-commit`, `ref-not-a-file` (a
  /// folder, or a link, which could lead out of the registry).
  static func commit(_ name: String, in folder: RepoFolder) throws(ModelError) -> GitObjectID? {
    let path = folder.ref(name)
    guard let status = try EntryStatus.of(path) else { return nil }
    guard status.kind == .regular else {
      throw ModelError(
        .malformed, "ref-not-a-file", "the ref is a \(status.kind), not a regular file", file: path)
    }
    guard status.byteCount > 0 else {
      throw ModelError(.malformed, "ref-empty", "the ref is empty", file: path)
    }
    let bytes = try File.read(path, limit: 4096)
    // The longest honest content is 40 digits; the newline an editor adds gets a reason of its own.
    let text = String(decoding: bytes, as: UTF8.self)
    if let id = GitObjectID(hex: text) { return id }
    if let last = bytes.last, last == 0x0A || last == 0x0D {
      throw ModelError(
        .malformed, "ref-newline",
        "the ref ends in a newline, and readers take it as part of the commit id", file: path)
    }
    throw ModelError(
      .malformed, "ref-not-a-commit",
      "the ref says \"\(text.prefix(80))\" in place of 40 lower-case hexadecimal digits", file: path
    )
  }

  /// Whether `name` is what huggingface_hub leaves when it is killed: `<ref>.<8 hex digits>.tmp`.
  static func isLeftOver(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[parts.count - 1] == "tmp" else { return false }
    let digits = parts[parts.count - 2]
    return digits.utf8.count == 8 && decodeLowercaseHex(String(digits)) != nil
  }

  /// Every file below `refs/`, by rising name, and every empty folder, which is none.
  static func all(in folder: RepoFolder) throws(ModelError) -> [Ref] {
    var refs: [Ref] = []
    try collect("", depth: 0, folder, into: &refs)
    return refs
  }

  private static func collect(
    _ prefix: String, depth: Int, _ folder: RepoFolder, into refs: inout [Ref]
  ) throws(ModelError) {
    let path = prefix.isEmpty ? folder.refs : folder.ref(prefix)
    let entries = try Folder.entriesIfPresent(path)
    if entries.isEmpty, !prefix.isEmpty {
      let error = ModelError(
        .malformed, "ref-not-a-file", "the ref is an empty folder", file: path)
      refs.append(Ref(name: prefix, commit: .failure(error)))
    }
    for entry in entries {
      let name = prefix.isEmpty ? entry.name : prefix + "/" + entry.name
      if entry.kind == .folder, depth < NameRules.pathDepth {
        try collect(name, depth: depth + 1, folder, into: &refs)
        continue
      }
      do throws(ModelError) {
        guard let commit = try commit(name, in: folder) else { continue }
        refs.append(Ref(name: name, commit: .success(commit)))
      } catch {
        guard error.code == .malformed || error.code == .limitExceeded else { throw error }
        refs.append(Ref(name: name, commit: .failure(error)))
      }
    }
  }
}
