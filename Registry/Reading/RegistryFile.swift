#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files that belong to a registry, and that nobody else may change: a blob is what its name says.
public enum RegistryFile {
  /// The repo folder (`models--org--name`) whose blobs or snapshots hold the file at `path`, by its own
  /// place or by what its links lead to; nil for every other file, and for one that is not there.
  public static func repoFolder(holding path: String) -> String? {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    for place in [path, folder] {
      guard let real = realpath(place, nil) else { continue }
      defer { free(real) }
      if let repo = repoFolder(above: String(cString: real)) { return repo }
    }
    return nil
  }

  private static func repoFolder(above real: String) -> String? {
    let parts = real.split(separator: "/")
    let index = parts.indices.dropLast().first { index in
      parts[index].hasPrefix("models--") && ["blobs", "snapshots"].contains(parts[index + 1])
    }
    return index.map { "/" + parts[...$0].joined(separator: "/") }
  }
}
