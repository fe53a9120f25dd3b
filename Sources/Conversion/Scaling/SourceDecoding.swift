internal import Encodings
internal import Tensors

/// How the bytes of one source tensor become numbers: its codec and, for NVFP4, the factors that are
/// in a tensor of their own.
struct SourceDecoding {
  let codec: Codec
  private let factors: [Float]
  private let elementsPerFactor: Int

  /// Numbers that need no factors.
  init(_ codec: Codec) {
    self.codec = codec
    factors = []
    elementsPerFactor = 1
  }

  /// The numbers of `tensor`, with the factors of `factorTensor` if there is one.
  ///
  /// Throws `unsupported` (`cannot-decode`), `io`, or what a plugin reports.
  init(_ tensor: TensorInfo, factors factorTensor: TensorInfo?, in checkpoint: Checkpoint)
    throws(ModelError)
  {
    guard let codec = EncodingTable.named(tensor.elementType.rawValue), codec.canDecode else {
      throw ModelError(
        .unsupported, "cannot-decode",
        "the numbers of \(tensor.elementType.rawValue) cannot be read", tensor: tensor.name)
    }
    self.codec = codec
    guard let factorTensor else {
      factors = []
      elementsPerFactor = 1
      return
    }
    let buffer = ByteBuffer(byteCount: factorTensor.byteCount)
    try checkpoint.read(factorTensor, offset: 0, into: buffer.prefix(factorTensor.byteCount))
    let count = factorTensor.shape.elementCount
    factors = (0..<count).map { buffer.bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    elementsPerFactor = tensor.elementsPerFactor(of: count)
  }

  /// Whether decoding is the codec's alone.
  var isPlain: Bool { factors.isEmpty }

  /// Elements of whole blocks.
  func elementCount(of bytes: UnsafeRawBufferPointer) -> Int {
    bytes.count / codec.blockByteCount * codec.blockElementCount
  }

  /// Decodes blocks whose first element is the tensor's element `first`. Multiplication by a factor
  /// rounds to F32.
  func decode(
    _ blocks: UnsafeRawBufferPointer, from first: Int,
    into values: UnsafeMutableBufferPointer<Float>
  ) {
    codec.decode(blocks, into: values)
    guard !isPlain else { return }
    values.multiply(from: first, by: factors, elementsPerFactor: elementsPerFactor)
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Multiplies each value by the factor it belongs to; the first is a tensor's element `first`.
  func multiply(from first: Int, by factors: [Float], elementsPerFactor: Int) {
    var start = 0
    while start < count {
      let index = Swift.min((first + start) / elementsPerFactor, factors.count - 1)
      let end = Swift.min(count, (index + 1) * elementsPerFactor - first)
      let factor = factors[index]
      for element in start..<Swift.max(end, start + 1) { self[element] *= factor }
      start = Swift.max(end, start + 1)
    }
  }
}
