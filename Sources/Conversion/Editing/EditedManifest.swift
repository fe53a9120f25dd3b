internal import Digests
internal import Tensors

/// A manifest that describes a file whose metadata change, and the checksum list beside it.
struct EditedManifest {
  /// The manifest's name, in the file's folder.
  let manifestName: String
  /// The checksum list's name, in the file's folder.
  let checksumName: String
  private var manifest: Manifest
  private let position: Int

  /// The manifests that name `file`: its own, and its folder's.
  ///
  /// Throws `refused` (`checksums-unmanaged`) for a checksum list that names the file and belongs to
  /// no manifest, unless `leavesChecksums`: nobody could bring it up to date. What
  /// `OutputVerification` throws for a manifest that it cannot read.
  static func beside(_ file: String, leavesChecksums: Bool) throws(ModelError) -> [EditedManifest] {
    let name = FileSystem.name(of: file)
    let folder = FileSystem.parent(of: file)
    var result: [EditedManifest] = []
    for (target, place) in [
      (OutputTarget.file(path: file), file), (OutputTarget.folder(path: folder), folder),
    ] {
      if FileSystem.exists(folder + "/" + target.manifestName) {
        let manifest = try OutputVerification(OutputVerification.Location(of: place)).manifest
        if let position = manifest.files.firstIndex(where: { $0.path == name }) {
          result.append(
            EditedManifest(
              manifestName: target.manifestName, checksumName: target.checksumName,
              manifest: manifest, position: position))
          continue
        }
      }
      guard !leavesChecksums, try lists(name, in: folder + "/" + target.checksumName) else {
        continue
      }
      throw ModelError(
        .refused, "checksums-unmanaged",
        "\(target.checksumName) has its checksum, and no manifest of Ingot's beside it; "
          + "--leave-checksums changes the file and leaves the list as it is", file: file)
    }
    return result
  }

  private static func lists(_ name: String, in path: String) throws(ModelError) -> Bool {
    guard FileSystem.exists(path) else { return false }
    let source = try FileByteSource(path: path)
    let bytes = try source.bytes(at: 0, byteCount: min(source.byteCount, 16 << 20))
    let wanted = Array(name.utf8)
    return bytes.split(separator: 0x0A).contains { line in
      let path = line.dropFirst(66).reversed().drop { $0 == 0x0D }.reversed()
      return path.elementsEqual(wanted) || path.elementsEqual(Array("./".utf8) + wanted)
    }
  }

  /// Reads all of `source` and throws `corrupted` (`manifest-differs`) unless it is what the manifest
  /// says, to the last byte: a change must not give a damaged file a new, right checksum.
  func check(_ source: FileByteSource) throws(ModelError) {
    let entry = manifest.files[position]
    var finding: String?
    if source.byteCount != entry.byteCount {
      finding = "\(source.byteCount) bytes and not \(entry.byteCount)"
    } else {
      finding = try FileCheck(entry, in: source).findings.last?.description
    }
    guard let finding else { return }
    throw ModelError(
      .corrupted, "manifest-differs",
      "the file is not what \(manifestName) says, and changing it would hide that: \(finding)",
      file: source.name)
  }

  /// Describes the file as it is after `rewrite`, in `new`, which is read to the end: the tensors'
  /// digests are those of before, or it is not written.
  ///
  /// Throws `corrupted` (`manifest-differs`, `tensor-content`).
  mutating func update(_ rewrite: MetadataRewrite, new: some ByteSource) throws(ModelError) {
    var entry = manifest.files[position]
    let offsets = Dictionary(rewrite.tensors.map { ($0.name, $0) }) { first, _ in first }
    guard entry.tensors.count == offsets.count else { throw otherTensors(new.name) }
    for index in entry.tensors.indices {
      guard let tensor = offsets[entry.tensors[index].name],
        tensor.elementType == entry.tensors[index].encoding,
        tensor.shape == entry.tensors[index].shape
      else { throw otherTensors(new.name) }
      entry.tensors[index].offset = tensor.offset
    }
    entry.tensors.sort { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }
    entry.byteCount = rewrite.byteCount
    let check = try FileCheck(entry, in: new)
    if let finding = check.findings.first(where: { $0.kind == .tensor }) {
      throw ModelError(.corrupted, "tensor-content", finding.description, file: new.name)
    }
    entry.sha256 = check.digest
    manifest.files[position] = entry
    manifest.metadataEdits = MetadataEdit.merged(manifest.metadataEdits, rewrite.edits)
  }

  private func otherTensors(_ file: String) -> ModelError {
    ModelError(
      .corrupted, "manifest-differs", "the file has other tensors than \(manifestName) says",
      file: file)
  }

  /// Writes both files into `folder`.
  func write(to folder: String) throws(ModelError) {
    try FileSystem.write(manifest.text, to: folder + "/" + manifestName)
    try FileSystem.write(
      manifest.checksums(manifestName: manifestName), to: folder + "/" + checksumName)
  }
}
