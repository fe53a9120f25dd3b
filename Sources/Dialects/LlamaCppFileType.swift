public import Tensors

/// The numbers by which llama.cpp names the mixture of a file (`llama_ftype` in `llama.h`), kept
/// under `general.file_type`.
public enum LlamaCppFileType {
  /// The key.
  public static let key = "general.file_type"
  /// The key of the version of ggml's block formats, and the version that Ingot writes.
  public static let quantizationVersionKey = "general.quantization_version"
  /// `GGML_QNT_VERSION`.
  public static let quantizationVersion: UInt32 = 2
  /// Added by llama.cpp where the number was guessed from the tensors (`LLAMA_FTYPE_GUESSED`).
  public static let guessed: UInt32 = 1024

  private static let numbers: [ElementType: UInt32] = [
    .F32: 0, .F16: 1, .Q4_0: 2, .Q4_1: 3, .Q8_0: 7, .Q5_0: 8, .Q5_1: 9, .Q2_K: 10, .Q3_K: 12,
    .Q4_K: 15, .Q5_K: 17, .Q6_K: 18, .IQ2_XXS: 19, .IQ2_XS: 20, .IQ3_XXS: 23, .IQ1_S: 24,
    .IQ4_NL: 25, .IQ3_S: 26, .IQ2_S: 28, .IQ4_XS: 30, .IQ1_M: 31, .BF16: 32, .TQ1_0: 36,
    .TQ2_0: 37, .MXFP4: 38, .NVFP4: 39, .Q1_0: 40, .Q2_0: 41,
  ]

  /// The number of a file whose weights are mostly `elementType`; nil if llama.cpp has none.
  public static func number(mostly elementType: ElementType) -> UInt32? { numbers[elementType] }
}
