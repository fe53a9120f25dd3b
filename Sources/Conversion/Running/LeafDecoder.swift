internal import Encodings
internal import Tensors

/// Decodes runs of one tensor's elements to F32, in memory of its own that is used again.
final class LeafDecoder {
  private let checkpoint: Checkpoint
  private let tensor: TensorInfo
  private let decoding: SourceDecoding
  private let source: ByteBuffer
  private let values: UnsafeMutableBufferPointer<Float>

  init(_ checkpoint: Checkpoint, _ tensor: TensorInfo, _ decoding: SourceDecoding) {
    self.checkpoint = checkpoint
    self.tensor = tensor
    self.decoding = decoding
    let elements = min(leafElementCount, max(tensor.shape.elementCount, 1))
    source = ByteBuffer(byteCount: LeafDecoder.byteCount(elements, tensor.elementType))
    values = UnsafeMutableBufferPointer.allocate(capacity: elements)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }

  /// The numbers of `count` elements from `element` on, which is a multiple of a leaf; valid until
  /// the next call.
  func decode(from element: Int, count: Int) throws(ModelError) -> UnsafeMutableBufferPointer<Float>
  {
    let bytes = source.prefix(LeafDecoder.byteCount(count, tensor.elementType))
    try checkpoint.read(
      tensor, offset: LeafDecoder.byteCount(element, tensor.elementType), into: bytes)
    let result = UnsafeMutableBufferPointer(rebasing: values[..<count])
    decoding.decode(UnsafeRawBufferPointer(bytes), from: element, into: result)
    return result
  }

  /// The same numbers as F64: as they are if the tensor holds F64, widened otherwise.
  func doubles(from element: Int, count: Int) throws(ModelError) -> [Double] {
    guard tensor.elementType == .F64 else {
      return try decode(from: element, count: count).map(Double.init)
    }
    let bytes = source.prefix(count * 8)
    try checkpoint.read(tensor, offset: element * 8, into: bytes)
    return (0..<count).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
  }

  private static func byteCount(_ elements: Int, _ type: ElementType) -> Int {
    elements / type.blockElementCount * type.blockByteCount
  }
}
