internal import Tensors

/// The scales of weights in FP8 (`weight_scale_inv` beside them).
///
/// Source: `dequant_simple` in llama.cpp's `conversion/base.py`, for `quant_method: fp8`.
struct BlockScales {
  private var scales: [String: UnitSource.BlockScale] = [:]
  private var consumed: [String: String] = [:]

  /// Finds the scales of a checkpoint whose `config.json` says it is in FP8.
  ///
  /// Throws `unsupported` (`quantization-unknown`) for another method than those whose weights rules
  /// can read, `malformed` (`shape-mismatch`) for scales that fit no weights.
  init(_ source: Checkpoint, _ config: ConfigValues) throws(ModelError) {
    guard let quantization = config["quantization_config"] else { return }
    let method = quantization["quant_method"]?.string ?? ""
    guard method == "fp8" || method == "mxfp4" else {
      throw ModelError(
        .unsupported, "quantization-unknown",
        "weights quantized by \"\(method)\" cannot be translated; fp8 and mxfp4 can",
        file: ModelConfig.fileName)
    }
    guard method == "fp8" else { return }
    let block = quantization["weight_block_size"]?.array?.compactMap(\.integer)
    let byName = Dictionary(source.tensors.map { ($0.name, $0) }) { first, _ in first }
    for tensor in source.tensors {
      if tensor.name.hasSuffix("_scale_inv") {
        guard let weights = byName[String(tensor.name.dropLast("_scale_inv".count))] else {
          continue
        }
        scales[weights.name] = try BlockScales.scale(tensor, of: weights, block: block)
        consumed[tensor.name] = ""
      } else if tensor.name.hasSuffix("activation_scale") {
        consumed[tensor.name] = "llama.cpp does not quantize activations by it"
      }
    }
  }

  private static func scale(
    _ tensor: TensorInfo, of weights: TensorInfo, block: [Int]?
  ) throws(ModelError) -> UnitSource.BlockScale {
    let shape = weights.shape.dimensions
    let error = ModelError(
      .malformed, "shape-mismatch",
      "scales \(tensor.shape) do not fit the weights \(weights.shape) in blocks of "
        + "\(block.map { "\($0)" } ?? "the whole")", tensor: tensor.name)
    guard shape.count == 2, shape[0] > 0, shape[1] > 0 else { throw error }
    guard let block else {
      guard tensor.shape.elementCount == 1 else { throw error }
      return UnitSource.BlockScale(
        tensor: tensor, block: (shape[0], shape[1]), columnCount: shape[1], scaleColumnCount: 1)
    }
    guard block.count == 2, block[0] > 0, block[1] > 0, tensor.shape.rank == 2 else {
      throw error
    }
    let rows = (shape[0] - 1) / block[0] + 1
    let columns = (shape[1] - 1) / block[1] + 1
    guard tensor.shape.dimensions == [rows, columns] else { throw error }
    return UnitSource.BlockScale(
      tensor: tensor, block: (block[0], block[1]), columnCount: shape[1],
      scaleColumnCount: columns)
  }

  /// The scales of a tensor; nil if it has none.
  func scale(of tensor: TensorInfo) -> UnitSource.BlockScale? { scales[tensor.name] }

  /// Why a tensor is none of its own, empty if its numbers are in another; nil if it is one.
  func consumes(_ name: String) -> String? { consumed[name] }
}
