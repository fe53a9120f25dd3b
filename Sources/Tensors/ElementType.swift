// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Cases are spelled as in the specification that defines them.

/// How the elements of a tensor are stored: the name from its specification and the geometry of a
/// block. A container lays out bytes by this; the arithmetic is in `Encodings`, under the same names.
///
/// Sources: safetensors `Dtype` (0.8); ggml `ggml.h` (`ggml_type`) and `ggml-common.h`.
public enum ElementType: String, Sendable, CaseIterable, Hashable {
  // Floating point.
  case F64, F32, F16, BF16
  case F8_E4M3, F8_E5M2, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ
  case F6_E2M3, F6_E3M2, F4
  case C64
  // Integers and truth values.
  case I64, I32, I16, I8, U64, U32, U16, U8, BOOL
  // ggml blocks.
  case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1
  case Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K
  case IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ4_NL, IQ4_XS
  case TQ1_0, TQ2_0, MXFP4, NVFP4, Q1_0, Q2_0

  /// Elements in one block; 1 for plain types.
  public var blockElementCount: Int { geometry.elements }

  /// Bytes of one block.
  public var blockByteCount: Int { geometry.bytes }

  /// Whether a block must lie within one row (ggml blocks), not only within the tensor.
  public var blocksFollowRows: Bool {
    switch self {
    case .F6_E2M3, .F6_E3M2, .F4: false
    default: blockElementCount > 1
    }
  }

  /// Bits per element, scales included.
  public var bitsPerElement: Double { Double(8 * blockByteCount) / Double(blockElementCount) }

  private var geometry: (elements: Int, bytes: Int) {
    switch self {
    case .F64, .I64, .U64, .C64: (1, 8)
    case .F32, .I32, .U32: (1, 4)
    case .F16, .BF16, .I16, .U16: (1, 2)
    case .F8_E4M3, .F8_E5M2, .F8_E8M0, .F8_E4M3FNUZ, .F8_E5M2FNUZ, .I8, .U8, .BOOL: (1, 1)
    case .F6_E2M3, .F6_E3M2: (4, 3)
    case .F4: (2, 1)
    case .Q4_0, .IQ4_NL: (32, 18)
    case .Q4_1: (32, 20)
    case .Q5_0: (32, 22)
    case .Q5_1: (32, 24)
    case .Q8_0: (32, 34)
    case .Q8_1: (32, 36)
    case .Q2_K: (256, 84)
    case .Q3_K, .IQ3_S: (256, 110)
    case .Q4_K: (256, 144)
    case .Q5_K: (256, 176)
    case .Q6_K: (256, 210)
    case .Q8_K: (256, 292)
    case .IQ1_S: (256, 50)
    case .IQ1_M: (256, 56)
    case .IQ2_XXS, .TQ2_0: (256, 66)
    case .IQ2_XS: (256, 74)
    case .IQ2_S: (256, 82)
    case .IQ3_XXS: (256, 98)
    case .IQ4_XS: (256, 136)
    case .TQ1_0: (256, 54)
    case .MXFP4: (32, 17)
    case .NVFP4: (64, 36)
    case .Q1_0: (128, 18)
    case .Q2_0: (64, 18)
    }
  }

  /// Bytes that `shape` takes in this type.
  ///
  /// Throws `malformed`: `row-not-whole-blocks` if a row (or, for types whose blocks do not follow
  /// rows, the tensor) is not a whole number of blocks; `size-overflow` above `Int.max` bytes.
  public func byteCount(of shape: Shape) throws(ModelError) -> Int {
    let unit = blocksFollowRows ? shape.rowElementCount : shape.elementCount
    guard unit % blockElementCount == 0 else {
      throw ModelError(
        .malformed, "row-not-whole-blocks",
        "\(blocksFollowRows ? "rows" : "tensors") of \(unit) elements are not whole blocks of "
          + "\(blockElementCount) (\(rawValue))")
    }
    return try Checked.product(shape.elementCount / blockElementCount, blockByteCount)
  }
}
