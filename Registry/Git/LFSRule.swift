/// Which files Hugging Face keeps in LFS, and so under their SHA-256 in `blobs/`.
///
/// The patterns are those of the `.gitattributes` that a new repo on the Hub has, with `*.gguf`,
/// which the Hub adds on upload; besides, every file of more than 10 MiB. An empty file is never in
/// LFS, as on the Hub.
enum LFSRule {
  /// The largest file outside LFS that has none of the patterns: 10 MiB.
  static let regularByteCount = 10 << 20

  static func applies(to path: RepoFilePath, byteCount: Int) -> Bool {
    guard byteCount > 0 else { return false }
    if byteCount > regularByteCount { return true }
    let parts = path.parts
    guard let name = parts.last else { return false }
    if parts.count > 1, parts.first == "saved_model" { return true }
    if ["tfevents", ".tar.", ".lfs."].contains(where: { name.contains($0) }) { return true }
    guard let dot = name.lastIndex(of: ".") else { return false }
    return extensions.contains(String(name[name.index(after: dot)...]))
  }

  private static let extensions: Set<String> = [
    "7z", "arrow", "bin", "bz2", "ckpt", "ftz", "gguf", "gz", "h5", "joblib", "mlmodel", "model",
    "msgpack", "npy", "npz", "onnx", "ot", "parquet", "pb", "pickle", "pkl", "pt", "pth", "rar",
    "safetensors", "tar", "tflite", "tgz", "wasm", "xz", "zip", "zst",
  ]
}
