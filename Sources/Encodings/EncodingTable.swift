/// Every encoding that Ingot knows, by name.
public enum EncodingTable {
  /// All of them: floating point, blocks, then the types that are only ever copied.
  public static let all: [Codec] =
    [
      F64.self, F32.self, F16.self, BF16.self, F8_E4M3.self, F8_E5M2.self,
      Q8_0.self, Q4_0.self, Q4_1.self, Q5_0.self, Q5_1.self,
      Q2_K.self, Q4_K.self, Q5_K.self,
      Q3_K.self, Q6_K.self, IQ4_NL.self, IQ4_XS.self,
      IQ1_S.self, IQ1_M.self, IQ2_XXS.self, IQ2_XS.self, IQ2_S.self, IQ3_XXS.self, IQ3_S.self,
      TQ1_0.self, TQ2_0.self, MXFP4.self, NVFP4.self, Q1_0.self, Q2_0.self, Q8_1.self, Q8_K.self,
    ].map { (encoding: any Encoding.Type) in Codec(encoding) } + [
      Codec(copiedOnly: "I64", byteCount: 8), Codec(copiedOnly: "I32", byteCount: 4),
      Codec(copiedOnly: "I16", byteCount: 2), Codec(copiedOnly: "I8", byteCount: 1),
      Codec(copiedOnly: "U64", byteCount: 8), Codec(copiedOnly: "U32", byteCount: 4),
      Codec(copiedOnly: "U16", byteCount: 2), Codec(copiedOnly: "U8", byteCount: 1),
      Codec(copiedOnly: "BOOL", byteCount: 1),
    ]

  /// The codec with exactly this name, or nil.
  public static func named(_ name: String) -> Codec? { byName[name] }

  /// The codec whose name is `text` but for the case of ASCII letters, or nil: what people type.
  public static func matching(_ text: String) -> Codec? {
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
    return byName[text.uppercased()]
  }

  // Every name is in upper case.
  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
