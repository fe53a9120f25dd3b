/// How the numbers of one tensor become bits: a block of `blockElementCount` values takes
/// `blockByteCount` bytes, and blocks follow each other without gaps.
///
/// An encoding is a type spelled as in its specification. It has a plain loop for each direction,
/// which is the definition, and kernels with the same bytes, which are the speed. Blocks are little
/// endian and may start at any address. No input traps: what a NaN, an infinity or an overflow
/// becomes is part of each encoding's definition.
public protocol Encoding: Sendable {
  /// The name in the specification, such as `Q4_0`.
  static var name: String { get }
  /// Elements in one block; 1, or a divisor of 256.
  static var blockElementCount: Int { get }
  /// Bytes of one block.
  static var blockByteCount: Int { get }
  /// Whether the elements of a block share a scale.
  static var isQuantized: Bool { get }

  /// Decodes whole blocks, one element after the other.
  static func decodePlain(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>)

  /// The kernels for `level`; nil where the plain loop is as good.
  static func kernels(for level: CPULevel) -> KernelTable?
}

/// An encoding that Ingot can write too; the others are only ever read.
public protocol WritableEncoding: Encoding {
  /// The greatest magnitude that a block holds whatever else is in it.
  static var greatestMagnitude: Float { get }
  /// Finite values of this magnitude or above may overflow when they are encoded, ones below never
  /// do; infinity if none does. Exact unless `isQuantized`.
  static var overflowMagnitude: Float { get }

  /// Encodes whole blocks, one element after the other.
  static func encodePlain(
    _ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer)
}

extension Encoding {
  /// No kernels: the plain loop serves.
  public static func kernels(for level: CPULevel) -> KernelTable? { nil }

  /// Decodes `blocks` to F32. `values` has room for exactly the elements of `blocks`.
  public static func decode(
    _ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>,
    level: CPULevel = .current
  ) {
    requireMatch(values.count, blocks.count)
    guard let source = blocks.baseAddress, let target = values.baseAddress, !values.isEmpty else {
      return
    }
    guard let kernels = kernels(for: level) else { return decodePlain(blocks, into: values) }
    let unit = KernelTable.batchElementCount
    kernels.decode(source, values.count / unit, target)
    let rest = values.count % unit
    guard rest > 0 else { return }
    // The kernel works on a padded copy of the last, partial batch.
    let wholeCount = values.count - rest
    let offset = wholeCount / blockElementCount * blockByteCount
    withPaddedBatch { encoded, decoded in
      encoded.copyMemory(from: source + offset, byteCount: blocks.count - offset)
      kernels.decode(encoded, 1, decoded)
      UnsafeMutableRawPointer(target + wholeCount).copyMemory(from: decoded, byteCount: rest * 4)
    }
  }

  /// Room for one batch in both forms, filled with zeros.
  static func withPaddedBatch(
    _ body: (_ encoded: UnsafeMutableRawPointer, _ decoded: UnsafeMutableRawPointer) -> Void
  ) {
    let decodedByteCount = KernelTable.batchElementCount * 4
    let byteCount =
      decodedByteCount
      + KernelTable.batchElementCount / blockElementCount * blockByteCount
    withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { bytes in
      guard let address = bytes.baseAddress else { return }
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      body(address + decodedByteCount, address)
    }
  }

  /// A mismatch is an error of the caller, who sized both buffers.
  static func requireMatch(_ elementCount: Int, _ byteCount: Int) {
    precondition(
      elementCount % blockElementCount == 0
        && byteCount == elementCount / blockElementCount * blockByteCount,
      "\(elementCount) elements of \(name) do not take \(byteCount) bytes")
  }
}
