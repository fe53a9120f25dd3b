internal import Dialects
internal import Encodings
internal import Methods
internal import Tensors

/// Encodes leaves of one tensor by a method, where more than its own block decides a number: the
/// weights of columns, or the factor of an NVFP4 tensor.
///
/// A leaf is encoded in pieces that end where rows end if there are weights, and where factors end.
/// No piece depends on another, so the bytes are those of encoding the whole tensor at once.
struct ChosenEncoding {
  private let codec: Codec
  private let method: any Method.Type
  private let weights: [Float]?
  private let rowElementCount: Int
  private let rowsPerExpert: Int
  /// The highest finite magnitudes that the factors of an NVFP4 tensor follow from.
  private let highest: [Float]
  private let elementsPerFactor: Int

  /// `weights` has a row length for each expert; `highest` is empty unless `codec` is NVFP4.
  init(
    _ codec: Codec, by method: any Method.Type, weights: [Float]?, highest: [Float],
    of tensor: TensorInfo
  ) {
    self.codec = codec
    self.method = method
    self.weights = weights
    self.highest = highest
    rowElementCount = max(1, tensor.shape.rowElementCount)
    rowsPerExpert = max(1, tensor.shape.dimensions.dropLast().last ?? 1)
    elementsPerFactor = tensor.elementsPerFactor(of: highest.count)
  }

  /// What is left of the infinite values of `element`'s matrix when they are clamped: the highest
  /// magnitude that its factor is made for; nil for an encoding without factors.
  func greatestMagnitude(at element: Int) -> Float? {
    highest.isEmpty ? nil : highest[min(element / elementsPerFactor, highest.count - 1)]
  }

  /// Encodes finite `values`, the tensor's from `first` on; `blocks` has room for them. Returns what
  /// was lost of the real values, factors applied.
  func encode(
    _ values: UnsafeBufferPointer<Float>, from first: Int,
    into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss {
    let decoded = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
    defer { decoded.deallocate() }
    var loss = encode(values, from: first, into: blocks, decoded: decoded)
    loss.errors = ErrorSums(reference: values, decoded: UnsafeBufferPointer(decoded))
    return loss
  }

  /// As above, but for the sums of plain errors; `decoded` gets what a reader makes of the blocks,
  /// factors applied.
  @discardableResult func encode(
    _ values: UnsafeBufferPointer<Float>, from first: Int,
    into blocks: UnsafeMutableRawBufferPointer, decoded: UnsafeMutableBufferPointer<Float>
  ) -> EncodingLoss {
    var loss = EncodingLoss()
    var start = 0
    while start < values.count {
      let end = endOfPiece(from: first + start, limit: first + values.count) - first
      let piece = start..<end
      loss.merge(
        encodePiece(
          UnsafeBufferPointer(rebasing: values[piece]), from: first + start,
          scratch: UnsafeMutableBufferPointer(rebasing: decoded[piece]),
          into: UnsafeMutableRawBufferPointer(
            rebasing: blocks[byteOffset(start)..<byteOffset(end)])))
      start = end
    }
    codec.decode(UnsafeRawBufferPointer(blocks), into: decoded)
    if !highest.isEmpty {
      decoded.multiply(
        from: first, by: highest.map(nvfp4Factor), elementsPerFactor: elementsPerFactor)
    }
    return loss
  }

  /// Small enough for the innermost cache.
  private static let pieceElementCount = 4096

  private func endOfPiece(from element: Int, limit: Int) -> Int {
    var end = min(limit, element + ChosenEncoding.pieceElementCount)
    if weights != nil { end = min(end, (element / rowElementCount + 1) * rowElementCount) }
    if highest.count > 1 { end = min(end, (element / elementsPerFactor + 1) * elementsPerFactor) }
    return end
  }

  private func encodePiece(
    _ values: UnsafeBufferPointer<Float>, from element: Int,
    scratch: UnsafeMutableBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer
  ) -> EncodingLoss {
    var input = values
    var factor: Float = 1
    if let highest = greatestMagnitude(at: element) {
      factor = nvfp4Factor(forHighest: highest)
      for index in values.indices { scratch[index] = values[index] / factor }
      input = UnsafeBufferPointer(scratch)
    }
    func encode(_ columnWeights: UnsafeBufferPointer<Float>?) -> EncodingLoss {
      var loss = method.encode(
        WeightMatrix(
          input, rowCount: 1, columnCount: input.count, columnWeights: columnWeights),
        as: codec, into: blocks)
      loss.objective = loss.objective?.scaled(by: factor)
      return loss
    }
    guard let weights else { return encode(nil) }
    let firstWeight =
      element / rowElementCount / rowsPerExpert * rowElementCount + element % rowElementCount
    return weights.withUnsafeBufferPointer {
      encode(UnsafeBufferPointer(rebasing: $0[firstWeight..<(firstWeight + input.count)]))
    }
  }

  private func byteOffset(_ element: Int) -> Int {
    element / codec.blockElementCount * codec.blockByteCount
  }
}
