internal import Conversion
internal import Registry
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file whose metadata are to change: whether they may, and what is said of it.
struct EditedFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// Throws `refused`: `registry-file` for a file that lies in a registry or leads into one, and
  /// `symbolic-link` for any other link, because it is not said whose name is meant.
  func checkMayChange() throws(ModelError) {
    if let repo = RegistryFile.repoFolder(holding: path) {
      let name = repo.split(separator: "/").last.map(String.init) ?? repo
      throw ModelError(
        .refused, "registry-file",
        "what is published is never changed (\(name)): `ingot convert \(path) -o FILE --override-kv "
          + "KEY=TYPE:VALUE` writes a new file, and `ingot publish` makes a new commit of it",
        file: path)
    }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return }
    let real = realpath(path, nil)
    defer { free(real) }
    throw ModelError(
      .refused, "symbolic-link",
      "it is a link; name the file itself: \(real.map { String(cString: $0) } ?? "its target")",
      file: path)
  }

  /// A value on one line, with its type.
  static func words(_ value: MetadataValue) -> String {
    MetadataText.exactTypeName(value) + ": " + MetadataText.short(value)
  }

  /// What was done, in a sentence.
  func text(_ report: MetadataEditor.Report) -> String {
    let name = escapingControls(path)
    guard report.isChanged else { return "\(name): nothing to change" }
    var text = "\(name): \(ByteSize.text(report.byteCount))"
    if report.patchedByteCount > 0 {
      text += ", \(report.patchedByteCount) bytes changed in place"
    } else {
      text +=
        ", \(ByteSize.text(report.clonedByteCount)) shared with the old file, "
        + "\(ByteSize.text(report.copiedByteCount)) copied"
    }
    for manifest in report.manifestNames {
      text += "; \(escapingControls(manifest)) brought up to date"
    }
    return text
  }

  /// The same as JSON.
  func json(_ report: MetadataEditor.Report) -> JSONValue {
    .object([
      "event": .string("done"), "file": .string(path), "isChanged": .bool(report.isChanged),
      "byteCount": .integer(report.byteCount),
      "patchedByteCount": .integer(report.patchedByteCount),
      "clonedByteCount": .integer(report.clonedByteCount),
      "copiedByteCount": .integer(report.copiedByteCount),
      "manifests": .array(report.manifestNames.map { .string($0) }),
    ])
  }

  /// What would be done, as JSON.
  func json(_ rewrite: MetadataRewrite) -> JSONValue {
    .object([
      "event": .string("plan"), "file": .string(path),
      "isChanged": .bool(!rewrite.changesNothing), "byteCount": .integer(rewrite.byteCount),
      "fitsInPlace": .bool(rewrite.movesNoWeight),
      "patchedByteCount": .integer(rewrite.patchedByteCount),
    ])
  }
}
