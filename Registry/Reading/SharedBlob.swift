/// A blob that is itself a link: huggingface_hub 2.x keeps one store for the whole cache,
/// `<root>/blobs/<2 digits>/<64 digits>`, and puts links to it into the repos.
enum SharedBlob {
  /// Whether a blob at `path` that links to `target` stays within that store: by the text alone, so
  /// that nothing outside is ever touched.
  static func isAllowed(_ target: String, at path: String, in folder: RepoFolder) -> Bool {
    let parts = target.split(separator: "/", omittingEmptySubsequences: false)
    let tail: ArraySlice<Substring>
    if target.hasPrefix(folder.root + "/blobs/") {
      tail =
        target.dropFirst(folder.root.count + 1)
        .split(separator: "/", omittingEmptySubsequences: false)[...]
    } else {
      guard parts.count == 5, parts[0] == "..", parts[1] == ".." else { return false }
      tail = parts[2...]
    }
    guard tail.count == 3, let store = tail.first, let name = tail.last else { return false }
    let bucket = tail[tail.startIndex + 1]
    return store == "blobs" && bucket.count == 2 && name.count == 64 && name.hasPrefix(bucket)
      && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
