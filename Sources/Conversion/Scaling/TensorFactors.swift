internal import Encodings
internal import Tensors

/// The factors of tensors that become NVFP4: found once for each tensor, when the first of them is
/// needed, by all threads that wait for them.
///
/// They follow from the tensor's numbers alone, so neither threads nor an interruption nor a split of
/// the output changes them. Values that are not finite do not count.
final class TensorFactors: Sendable {
  /// One tensor's pass.
  private struct Pass {
    var nextLeaf = 0
    var openLeafCount = 0
    var highest: [Float]
    var failure: ModelError?
  }

  private enum Step {
    case leaf(Int)
    case found([Float])
    case failed(ModelError)
  }

  private let checkpoint: Checkpoint
  private let passes = Monitor<[String: Pass]>([:])

  init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

  /// The highest finite magnitude of each matrix of `tensor`, whose numbers `decoding` reads; 0 if
  /// there is none. Throws `io`, or what a plugin reports.
  func highestMagnitudes(of tensor: TensorInfo, _ decoding: SourceDecoding) throws(ModelError)
    -> [Float]
  {
    let leafCount = (tensor.shape.elementCount + leafElementCount - 1) / leafElementCount
    var decoder: LeafDecoder?
    while true {
      let step = passes.waiting { passes -> Step? in
        var pass =
          passes[tensor.name] ?? Pass(highest: [Float](repeating: 0, count: tensor.factorCount))
        if let failure = pass.failure { return .failed(failure) }
        if pass.nextLeaf == leafCount {
          return pass.openLeafCount == 0 ? .found(pass.highest) : nil
        }
        defer { passes[tensor.name] = pass }
        pass.nextLeaf += 1
        pass.openLeafCount += 1
        return .leaf(pass.nextLeaf - 1)
      }
      switch step {
      case .found(let highest): return highest
      case .failed(let failure): throw failure
      case .leaf(let leaf):
        let leafDecoder = decoder ?? LeafDecoder(checkpoint, tensor, decoding)
        decoder = leafDecoder
        do throws(ModelError) {
          let highest = try highest(of: leaf, in: tensor, leafDecoder)
          passes.withLockNotifying { passes in
            passes[tensor.name]?.openLeafCount -= 1
            for (index, magnitude) in highest {
              passes[tensor.name]?.highest[index].raise(to: magnitude)
            }
          }
        } catch {
          passes.withLockNotifying { $0[tensor.name]?.failure = error }
          throw error
        }
      }
    }
  }

  /// The highest magnitudes of one leaf, each with its matrix.
  private func highest(of leaf: Int, in tensor: TensorInfo, _ decoder: LeafDecoder)
    throws(ModelError) -> [(Int, Float)]
  {
    let first = leaf * leafElementCount
    let end = min(first + leafElementCount, tensor.shape.elementCount)
    let values = UnsafeBufferPointer(try decoder.decode(from: first, count: end - first))
    let perFactor = tensor.elementsPerFactor(of: tensor.factorCount)
    return (first / perFactor...(end - 1) / perFactor).map { index in
      let part = max(index * perFactor, first) - first..<min((index + 1) * perFactor, end) - first
      let scan = ValueScan(UnsafeBufferPointer(rebasing: values[part]))
      return (index, scan.highestMagnitude)
    }
  }
}

extension Float {
  fileprivate mutating func raise(to other: Float) { self = Swift.max(self, other) }
}

/// The factor of values of which `highest` is the highest magnitude: NVFP4's, but never so high that
/// the highest code times the highest scale times the factor overflows.
func nvfp4Factor(forHighest highest: Float) -> Float {
  let factor = NVFP4.tensorScale(forMaximum: highest)
  return (NVFP4.greatestMagnitude * factor).isFinite ? factor : factor.nextDown
}
