/// A recipe file that is part of the program.
///
/// SwiftPM turns each file under `Presets/` into an array of bytes in the executable. It makes no
/// list of them, so the list is here; a test compares it with the folder.
struct PresetFile: Sendable {
  /// The file's name without `.yaml`.
  let name: String
  /// The text, UTF-8.
  let bytes: [UInt8]
  /// Whether the file is there for others to extend, and says no encoding of its own.
  var isBase: Bool { name.hasSuffix("-base") }

  /// From exact to small.
  static let all = [
    PresetFile(name: "copy", bytes: PackageResources.copy_yaml),
    PresetFile(name: "F32", bytes: PackageResources.F32_yaml),
    PresetFile(name: "BF16", bytes: PackageResources.BF16_yaml),
    PresetFile(name: "F16", bytes: PackageResources.F16_yaml),
    PresetFile(name: "F8_E4M3", bytes: PackageResources.F8_E4M3_yaml),
    PresetFile(name: "F8_E5M2", bytes: PackageResources.F8_E5M2_yaml),
    PresetFile(name: "Q8_0", bytes: PackageResources.Q8_0_yaml),
    PresetFile(name: "Q5_1", bytes: PackageResources.Q5_1_yaml),
    PresetFile(name: "Q5_0", bytes: PackageResources.Q5_0_yaml),
    PresetFile(name: "Q4_1", bytes: PackageResources.Q4_1_yaml),
    PresetFile(name: "Q4_0", bytes: PackageResources.Q4_0_yaml),
    PresetFile(name: "gguf-base", bytes: PackageResources.gguf_base_yaml),
    PresetFile(name: "hugging-face-base", bytes: PackageResources.hugging_face_base_yaml),
  ]
}
