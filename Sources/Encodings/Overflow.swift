/// Finite values that an encoding cannot hold.
public struct Overflow: Sendable, Equatable {
  /// How many there are.
  public var count: Int
  /// The index of the first.
  public var firstIndex: Int
}

extension Codec {
  /// The finite values that would not be finite after encoding and decoding, or, for an encoding
  /// without infinity (F8_E4M3), would be cut off at its greatest value. Nil if there are none.
  ///
  /// In a quantized encoding they come by the block: one value too great spoils the scale of all.
  /// One look at the speed of memory if nothing is near the bound; values not finite are ignored.
  /// A precondition is that `canEncode` and that `values` are whole blocks.
  public func overflow(
    in values: UnsafeBufferPointer<Float>, level: CPULevel = .current
  ) -> Overflow? {
    let bound = writer.overflowMagnitude
    guard ValueScan(values, level: level).highestMagnitude >= bound else { return nil }
    var result: Overflow?
    func note(_ index: Int) {
      result = Overflow(count: (result?.count ?? 0) + 1, firstIndex: result?.firstIndex ?? index)
    }
    guard isQuantized else {
      for index in values.indices where values[index].isFinite && values[index].magnitude >= bound {
        note(index)
      }
      return result
    }
    var blocks = [UInt8](repeating: 0, count: blockByteCount)
    var decoded = [Float](repeating: 0, count: blockElementCount)
    for start in stride(from: 0, to: values.count, by: blockElementCount) {
      let block = UnsafeBufferPointer(rebasing: values[start..<start + blockElementCount])
      guard block.allSatisfy(\.isFinite) else { continue }
      blocks.withUnsafeMutableBytes { encode(block, into: $0, level: level) }
      decoded.withUnsafeMutableBufferPointer { decoded in
        blocks.withUnsafeBytes { decode($0, into: decoded, level: level) }
      }
      for index in decoded.indices where !decoded[index].isFinite { note(start + index) }
    }
    return result
  }
}
