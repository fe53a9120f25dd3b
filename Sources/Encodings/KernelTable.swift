/// The fast path of one encoding at one CPU level.
///
/// Kernels work on batches of 256 elements, whatever the encoding's own block is, and on memory at
/// any address. Their bytes equal those of the plain loops for every input, NaN and
/// infinity included.
public struct KernelTable: Sendable {
  typealias Decode = @Sendable (UnsafeRawPointer, Int, UnsafeMutableRawPointer) -> Void
  typealias Encode = @Sendable (UnsafeRawPointer, Int, UnsafeMutableRawPointer) -> Void

  /// Elements in a batch: eight blocks of 32.
  static let batchElementCount = 256

  let decode: Decode
  /// Nil for an encoding that is only read, and where the plain loop is as good.
  let encode: Encode?

  init(decode: @escaping Decode, encode: Encode? = nil) {
    self.decode = decode
    self.encode = encode
  }
}
