internal import Glibc
internal import Tensors

/// Factors for the frequencies of rotary positions, as convert_hf_to_gguf computes them.
enum RopeFactors {
  /// What Llama 3.1 and later say of their positions.
  struct Llama3: Hashable {
    var base: Double = 500_000
    var dimensionCount: Int
    var factor: Double = 8
    var lowFrequencyFactor: Double = 1
    var highFrequencyFactor: Double = 4
    var originalLength: Double = 8192

    /// One factor for each pair of dimensions.
    ///
    /// In F32, with the reciprocals that PyTorch takes where a number is divided by a tensor. Source:
    /// `LlamaModel.generate_extra_tensors` in llama.cpp's `conversion/llama.py`.
    var factors: [Float] {
      let low = originalLength / lowFrequencyFactor
      let high = originalLength / highFrequencyFactor
      return stride(from: 0, to: dimensionCount, by: 2).map { index in
        let exponent = Float(index) / Float(dimensionCount)
        let frequency = 1 / Float(pow(base, Double(exponent)))
        let length = (1 / frequency) * Float(2 * Double.pi)
        if Double(length) < high { return 1 }
        if Double(length) > low { return Float(factor) }
        let smooth =
          ((1 / length) * Float(originalLength) - Float(lowFrequencyFactor))
          / Float(highFrequencyFactor - lowFrequencyFactor)
        return 1 / ((1 - smooth) / Float(factor) + smooth)
      }
    }

    /// The values under `rope` in a configuration.
    var config: [String: JSONValue] {
      [
        "rope_type": .string("llama3"), "factor": .number("\(factor)"),
        "low_freq_factor": .number("\(lowFrequencyFactor)"),
        "high_freq_factor": .number("\(highFrequencyFactor)"),
        "original_max_position_embeddings": .integer(Int(originalLength)),
      ]
    }
  }

  /// Dimensions of one head at most: real ones have 256.
  private static let maximumDimensionCount = 1 << 16

  /// The tensors that a configuration wants.
  ///
  /// Throws `malformed` (`config-value`).
  static func generate(
    _ kind: Architecture.Generated.Kind, _ values: ConfigValues, _ sizes: TranslationSizes
  ) throws(ModelError) -> [TranslatedTensor] {
    let type = values["rope.rope_type"]?.string?.lowercased() ?? ""
    switch kind {
    case .llama3Rope:
      guard type == "llama3" else { return [] }
      func number(_ key: String, _ standard: Double) -> Double {
        values.number("rope." + key)?.double ?? standard
      }
      let dimensions = try sizes.value(.name("head_dim"))
      guard dimensions <= maximumDimensionCount else {
        throw ModelError(.malformed, "config-value", "heads of \(dimensions) dimensions")
      }
      let original = number("original_max_position_embeddings", 8192)
      let rope = Llama3(
        base: number("rope_theta", 10_000), dimensionCount: dimensions,
        factor: number("factor", 8), lowFrequencyFactor: number("low_freq_factor", 1),
        highFrequencyFactor: number("high_freq_factor", 4), originalLength: original)
      return [try tensor("rope_freqs.weight", rope.factors)]
    case .longRope:
      var result: [TranslatedTensor] = []
      for (key, name) in [
        ("long_factor", "rope_factors_long.weight"), ("short_factor", "rope_factors_short.weight"),
      ] {
        guard let list = values["rope." + key]?.array, !list.isEmpty else { continue }
        let factors = list.compactMap { $0.double.map { Float($0) } }
        let count = try sizes.value(.name("rope.dimension_count"))
        guard factors.count == list.count, factors.count == count / 2,
          factors.allSatisfy(\.isFinite)
        else {
          throw ModelError(
            .malformed, "config-value",
            "\(key) has \(list.count) factors, not one for each of \(count / 2) pairs",
            file: ModelConfig.fileName)
        }
        result.append(try tensor(name, factors))
      }
      return result
    }
  }

  private static func tensor(
    _ name: String, _ values: [Float]
  ) throws(ModelError) -> TranslatedTensor {
    let bytes = values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
    var tensor = TranslatedTensor(
      name: name, elementType: .F32, shape: try Shape([values.count]),
      assembly: .whole(source: 0, unitCount: bytes.count), sources: [.constant(bytes)])
    tensor.isFirst = true
    return tensor
  }

  /// The names of what `kind` generates.
  static func names(_ kind: Architecture.Generated.Kind) -> [String] {
    switch kind {
    case .llama3Rope: ["rope_freqs.weight"]
    case .longRope: ["rope_factors_long.weight", "rope_factors_short.weight"]
    }
  }

  /// What the generated tensors of a checkpoint say, as values under `rope` in a configuration.
  ///
  /// The factors of Llama 3 come back as the published ones with the highest factor; what these do not
  /// give back bit for bit is refused: `unsupported` (`rope-factors-unknown`).
  static func read(
    _ kind: Architecture.Generated.Kind, _ source: Checkpoint, _ sizes: TranslationSizes
  ) throws(ModelError) -> [String: JSONValue] {
    var lists: [String: [Float]] = [:]
    for name in names(kind) {
      guard let tensor = source.tensors.first(where: { $0.name == name }) else { continue }
      guard tensor.elementType == .F32, tensor.byteCount <= 4 * maximumDimensionCount else {
        throw ModelError(
          .unsupported, "rope-factors-unknown", "factors are a short list of F32", tensor: name)
      }
      lists[name] = try ScratchBytes().floats(tensor.byteCount / 4) {
        (target) throws(ModelError) in
        try source.read(tensor, offset: 0, into: UnsafeMutableRawBufferPointer(target))
      }
    }
    switch kind {
    case .llama3Rope:
      guard let factors = lists["rope_freqs.weight"] else { return [:] }
      let base = sizes.number("rope.freq_base")?.double ?? 10_000
      for length in [8192.0, 4096, 16384, 32768] where !factors.isEmpty {
        let rope = Llama3(
          base: base, dimensionCount: 2 * factors.count, factor: Double(factors.max() ?? 1),
          originalLength: length)
        if rope.factors.elementsEqual(factors, by: { ($0 - $1).magnitude <= 2 * $1.ulp }) {
          return rope.config
        }
      }
      throw ModelError(
        .unsupported, "rope-factors-unknown",
        "no values of rope_scaling that are known give these factors", tensor: "rope_freqs.weight")
    case .longRope:
      guard !lists.isEmpty else { return [:] }
      var rope: [String: JSONValue] = ["rope_type": .string("longrope")]
      for (key, name) in [
        ("long_factor", "rope_factors_long.weight"), ("short_factor", "rope_factors_short.weight"),
      ] {
        guard let list = lists[name], list.allSatisfy(\.isFinite) else { continue }
        rope[key] = .array(list.map { .number($0.description) })
      }
      return rope
    }
  }
}
