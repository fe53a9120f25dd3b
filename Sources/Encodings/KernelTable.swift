/// The fast path of one encoding at one CPU level.
///
/// Kernels work on batches of 256 elements, whatever the encoding's own block is, and on memory at
/// any address. Their bytes equal those of the plain loops for every input, NaN and
/// infinity included.
public struct KernelTable: Sendable {
  typealias Decode = @Sendable (UnsafeRawPointer, Int, UnsafeMutableRawPointer) -> Void
  typealias Encode = @Sendable (UnsafeRawPointer, Int, UnsafeMutableRawPointer) -> Void
  typealias EncodeMeasuring =
    @Sendable (UnsafeRawPointer, Int, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Bool

  /// Elements in a batch: eight blocks of 32.
  static let batchElementCount = 256

  /// Elements in a step of several kernels on the same values: 8 KiB of F32, which stay in the innermost
  /// cache. A multiple of every block and of the lanes of a measurement.
  static let stepElementCount = 2048

  let decode: Decode
  /// Nil for an encoding that is only read, and where the plain loop is as good.
  let encode: Encode?
  /// Encodes 1 to 8 batches and adds what that loses to an `ErrorLanes`. False if a sum of squares is
  /// out of the range in which it does: then the lanes are as before and the blocks mean nothing. Nil
  /// where it is not faster than encoding, decoding and measuring.
  let encodeMeasuring: EncodeMeasuring?

  init(
    decode: @escaping Decode, encode: Encode? = nil, encodeMeasuring: EncodeMeasuring? = nil
  ) {
    self.decode = decode
    self.encode = encode
    self.encodeMeasuring = encodeMeasuring
  }
}
