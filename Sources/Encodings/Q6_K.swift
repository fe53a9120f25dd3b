internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// 256 values: 128 bytes with the lower four bits of codes q, 64 bytes with their upper two, 16
/// signed bytes of scales s, one for 16 values, and an F16 scale d; a value is d × s × (q - 32),
/// rounded after each product.
///
/// Byte 64h + l of the lower bits has the elements 128h + l and 128h + l + 64, byte 32h + l of the
/// upper ones 128h + l, + 32, + 64 and + 96, from the lowest bits up.
///
/// Each sub-block of 16 gets the scale of `SymmetricSearch`, weighted by value² or by the given
/// weights; d = m / -128, where m is the scale of highest magnitude, the first of equals; s = scale
/// / d and q = value / (d × s) + 32, rounded to nearest. Where d × s is 0, q is from the search.
///
/// A super-block with a NaN or an infinity gets the d NaN (0x7E00) and zeros, so that all of it
/// decodes as NaN. A d above the range of F16 is stored as infinity, as in the reference. Every NaN
/// that decoding makes is 0x7FC00000.
/// Source: `quantize_row_q6_K_ref` and `quantize_row_q6_K_impl` in ggml `ggml-quants.c`.
public enum Q6_K: WeightedEncoding {
  public static let name = "Q6_K"
  public static let blockElementCount = 256
  public static let blockByteCount = 210
  public static let isQuantized = true
  // A scale that is found is at most 1.5 / 31.1 of the peak, and d a 128th of it.
  public static let greatestMagnitude: Float = 167_690_240
  public static let overflowMagnitude: Float = 167_731_200
  public static let usesRowMeanSquare = false

  public static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      let superScale = source.half(at: 208)
      for index in 0..<256 {
        let (half, place) = (index / 128, index % 128)
        let lower = source[64 * half + place % 64] >> UInt8(place / 64 * 4) & 15
        let upper = source[128 + 32 * half + place % 32] >> UInt8(place / 32 * 2) & 3
        let scale = superScale * Float(Int8(bitPattern: source[192 + index / 16]))
        values[block * 256 + index] = canonical(scale * Float(Int(lower | upper << 4) - 32))
      }
    }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) {
    encodePlain(values, into: blocks) { index in values[index] * values[index] }
  }

  public static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    rowMeanSquare: Float, into blocks: UnsafeMutableRawBufferPointer
  ) {
    encodePlain(values, into: blocks) { index in weights[index] }
  }

  private static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer,
    weight: (Int) -> Float
  ) {
    for block in 0..<values.count / 256 {
      let source = UnsafeBufferPointer(rebasing: values[block * 256..<(block + 1) * 256])
      let target = UnsafeMutableRawBufferPointer(
        rebasing: blocks[block * blockByteCount..<(block + 1) * blockByteCount])
      target.initializeMemory(as: UInt8.self, repeating: 0)
      guard source.allSatisfy(\.isFinite) else {
        target.storeHalf(.nan, at: 208)
        continue
      }
      let found = (0..<16).map { part in
        let range = 16 * part..<16 * part + 16
        return SymmetricSearch.search(
          Array(source[range]), weights: range.map { weight(block * 256 + $0) }, limit: 32)
      }
      let peak = SymmetricSearch.peak(of: found.map(\.scale))
      guard peak.magnitude >= SymmetricSearch.lowestPeak else { continue }
      let inverse = -128 / peak
      target.storeHalf(1 / inverse, at: 208)
      let superScale = UnsafeRawBufferPointer(target).half(at: 208)
      var codes: [UInt8] = []
      for part in 0..<16 {
        let code = Int8(
          truncatingIfNeeded: min(
            127, nearestInteger(inverse * found[part].scale)))
        target[192 + part] = UInt8(bitPattern: code)
        let scale = superScale * Float(code)
        codes += source[16 * part..<16 * part + 16].enumerated().map { index, value in
          scale == 0
            ? found[part].codes[index]
            : SymmetricSearch.storedCode(of: value, scale: scale, limit: 32)
        }
      }
      store(codes, in: target)
    }
  }

  private static func store(_ codes: [UInt8], in target: UnsafeMutableRawBufferPointer) {
    for index in 0..<256 {
      let (half, place) = (index / 128, index % 128)
      target[64 * half + place % 64] |= (codes[index] & 15) << UInt8(place / 64 * 4)
      target[128 + 32 * half + place % 32] |= (codes[index] >> 4) << UInt8(place / 32 * 2)
    }
  }

  public static func kernels(for level: CPULevel) -> KernelTable? {
    switch level {
    case .baseline:
      KernelTable(
        decode: EncodingKernelsBaseline.Q6_K.decode, encode: EncodingKernelsBaseline.Q6_K.encode)
    case .v3:
      KernelTable(decode: EncodingKernelsV3.Q6_K.decode, encode: EncodingKernelsV3.Q6_K.encode)
    }
  }

  public static func weightedKernel(for level: CPULevel) -> WeightedKernel? {
    switch level {
    case .baseline: EncodingKernelsBaseline.Q6_K.encodeWeighted
    case .v3: EncodingKernelsV3.Q6_K.encodeWeighted
    }
  }
}
