/// How large an output is wished to be, at most.
public enum SizeTarget: Sendable, Equatable {
  /// Bytes of all model files of the output together: headers, metadata and an index count,
  /// companions and the manifest do not.
  case fileByteCount(Int)
  /// Bits of tensor data per element, over all tensors: `Plan.bitsPerElement`, which every summary
  /// shows. Headers do not count.
  case bitsPerElement(Double)

  /// Bytes that `plan` has too many; negative or 0 if it fits.
  func excess(of plan: Plan) -> Int {
    switch self {
    case .fileByteCount(let limit):
      plan.files.reduce(0) { $0 + $1.byteCount } - SizeTarget.clamped(limit)
    case .bitsPerElement(let bits):
      plan.outputByteCount
        - SizeTarget.clamped(
          Int(exactly: (bits * Double(plan.elementCount) / 8).rounded(.down)) ?? Int.max)
    }
  }

  /// More than 2^60 bytes are never planned, and what is added to a bound must not overflow.
  private static func clamped(_ byteCount: Int) -> Int { min(max(byteCount, 0), 1 << 60) }

  /// The bound in words.
  var text: String {
    switch self {
    case .fileByteCount(let limit): "\(limit) bytes"
    case .bitsPerElement(let bits): "\(bits) bits per element"
    }
  }

  /// A name for a recipe that keeps to the bound, such as `size-4200000000`.
  var recipeName: String {
    switch self {
    case .fileByteCount(let limit): "size-\(limit)"
    case .bitsPerElement(let bits): "bits-\(bits)"
    }
  }
}
