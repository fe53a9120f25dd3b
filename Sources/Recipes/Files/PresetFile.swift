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

  /// The preset that is meant by a name that llama-quantize knows besides: `Q4_K` is `Q4_K_M`.
  /// Other names come back unchanged.
  static func canonicalName(of name: String) -> String {
    ["Q3_K", "Q4_K", "Q5_K"].contains(name.uppercased()) ? name + "_M" : name
  }

  /// From exact to small.
  static let all = [
    PresetFile(name: "copy", bytes: PackageResources.copy_yaml),
    PresetFile(name: "F32", bytes: PackageResources.F32_yaml),
    PresetFile(name: "BF16", bytes: PackageResources.BF16_yaml),
    PresetFile(name: "F16", bytes: PackageResources.F16_yaml),
    PresetFile(name: "F8_E4M3", bytes: PackageResources.F8_E4M3_yaml),
    PresetFile(name: "F8_E5M2", bytes: PackageResources.F8_E5M2_yaml),
    PresetFile(name: "Q8_0", bytes: PackageResources.Q8_0_yaml),
    PresetFile(name: "Q6_K", bytes: PackageResources.Q6_K_yaml),
    PresetFile(name: "Q5_1", bytes: PackageResources.Q5_1_yaml),
    PresetFile(name: "Q5_K_M", bytes: PackageResources.Q5_K_M_yaml),
    PresetFile(name: "Q5_K_S", bytes: PackageResources.Q5_K_S_yaml),
    PresetFile(name: "Q5_0", bytes: PackageResources.Q5_0_yaml),
    PresetFile(name: "Q4_1", bytes: PackageResources.Q4_1_yaml),
    PresetFile(name: "Q4_K_M", bytes: PackageResources.Q4_K_M_yaml),
    PresetFile(name: "Q4_K_S", bytes: PackageResources.Q4_K_S_yaml),
    PresetFile(name: "Q4_0", bytes: PackageResources.Q4_0_yaml),
    PresetFile(name: "IQ4_NL", bytes: PackageResources.IQ4_NL_yaml),
    PresetFile(name: "NVFP4", bytes: PackageResources.NVFP4_yaml),
    PresetFile(name: "IQ4_XS", bytes: PackageResources.IQ4_XS_yaml),
    PresetFile(name: "MXFP4_MOE", bytes: PackageResources.MXFP4_MOE_yaml),
    PresetFile(name: "Q3_K_L", bytes: PackageResources.Q3_K_L_yaml),
    PresetFile(name: "Q3_K_M", bytes: PackageResources.Q3_K_M_yaml),
    PresetFile(name: "IQ3_M", bytes: PackageResources.IQ3_M_yaml),
    PresetFile(name: "Q3_K_S", bytes: PackageResources.Q3_K_S_yaml),
    PresetFile(name: "IQ3_S", bytes: PackageResources.IQ3_S_yaml),
    PresetFile(name: "IQ3_XS", bytes: PackageResources.IQ3_XS_yaml),
    PresetFile(name: "IQ3_XXS", bytes: PackageResources.IQ3_XXS_yaml),
    PresetFile(name: "Q2_K", bytes: PackageResources.Q2_K_yaml),
    PresetFile(name: "Q2_K_S", bytes: PackageResources.Q2_K_S_yaml),
    PresetFile(name: "IQ2_M", bytes: PackageResources.IQ2_M_yaml),
    PresetFile(name: "IQ2_S", bytes: PackageResources.IQ2_S_yaml),
    PresetFile(name: "IQ2_XS", bytes: PackageResources.IQ2_XS_yaml),
    PresetFile(name: "Q2_0", bytes: PackageResources.Q2_0_yaml),
    PresetFile(name: "IQ2_XXS", bytes: PackageResources.IQ2_XXS_yaml),
    PresetFile(name: "TQ2_0", bytes: PackageResources.TQ2_0_yaml),
    PresetFile(name: "IQ1_M", bytes: PackageResources.IQ1_M_yaml),
    PresetFile(name: "TQ1_0", bytes: PackageResources.TQ1_0_yaml),
    PresetFile(name: "IQ1_S", bytes: PackageResources.IQ1_S_yaml),
    PresetFile(name: "Q1_0", bytes: PackageResources.Q1_0_yaml),
    PresetFile(name: "llama-quantize-base", bytes: PackageResources.llama_quantize_base_yaml),
    PresetFile(name: "mixture-base", bytes: PackageResources.mixture_base_yaml),
    PresetFile(name: "IQ2-base", bytes: PackageResources.IQ2_base_yaml),
    PresetFile(name: "gguf-base", bytes: PackageResources.gguf_base_yaml),
    PresetFile(name: "hugging-face-base", bytes: PackageResources.hugging_face_base_yaml),
  ]
}
