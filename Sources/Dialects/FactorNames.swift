/// The names of the tensors that hold the factors of an NVFP4 tensor, as llama.cpp spells them.
public enum FactorNames {
  /// The tensor that the weights of `tensor` are multiplied by: `blk.0.attn_q.scale`.
  public static func weight(of tensor: String) -> String { stem(of: tensor) + ".scale" }

  /// The tensor that a reader which computes in 4 bits divides inputs by: `blk.0.attn_q.input_scale`.
  public static func input(of tensor: String) -> String { stem(of: tensor) + ".input_scale" }

  /// The name without the `.weight` at its end.
  static func stem(of tensor: String) -> String {
    tensor.hasSuffix(".weight") ? String(tensor.dropLast(".weight".utf8.count)) : tensor
  }
}
