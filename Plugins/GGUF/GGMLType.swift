import Tensors

/// The numbers by which GGUF names element types. Source: `enum ggml_type` in `ggml.h`; the names
/// of our `ElementType` are those of the enumeration without `GGML_TYPE_`.
enum GGMLType {
  /// The type with `id`.
  ///
  /// Throws `unsupported`: `type-removed` for the numbers that ggml has retired, with the name the
  /// type had; `type-unknown` for numbers that ggml has not given out.
  static func elementType(_ id: UInt32) throws(ModelError) -> ElementType {
    if let type = types[id] { return type }
    if let name = removed[id] {
      throw ModelError(
        .unsupported, "type-removed",
        "ggml has removed element type \(id) (\(name)); convert the file with the release of "
          + "llama.cpp that wrote it")
    }
    throw ModelError(.unsupported, "type-unknown", "ggml has no element type \(id)")
  }

  /// The number of `type`; nil if GGUF cannot hold it.
  static func id(of type: ElementType) -> UInt32? { ids[type] }

  private static let types: [UInt32: ElementType] = [
    0: .F32, 1: .F16, 2: .Q4_0, 3: .Q4_1, 6: .Q5_0, 7: .Q5_1, 8: .Q8_0, 9: .Q8_1,
    10: .Q2_K, 11: .Q3_K, 12: .Q4_K, 13: .Q5_K, 14: .Q6_K, 15: .Q8_K,
    16: .IQ2_XXS, 17: .IQ2_XS, 18: .IQ3_XXS, 19: .IQ1_S, 20: .IQ4_NL, 21: .IQ3_S, 22: .IQ2_S,
    23: .IQ4_XS, 24: .I8, 25: .I16, 26: .I32, 27: .I64, 28: .F64, 29: .IQ1_M, 30: .BF16,
    34: .TQ1_0, 35: .TQ2_0, 39: .MXFP4, 40: .NVFP4, 41: .Q1_0, 42: .Q2_0,
  ]

  private static let removed: [UInt32: String] = [
    4: "Q4_2", 5: "Q4_3", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8",
    36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8",
  ]

  private static let ids = Dictionary(uniqueKeysWithValues: types.map { ($1, $0) })
}
