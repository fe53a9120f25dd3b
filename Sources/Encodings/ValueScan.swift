internal import EncodingKernelsBaseline
internal import EncodingKernelsV3

/// What is known about values after one look: whether they are finite, and how great.
public struct ValueScan: Sendable, Equatable {
  /// Values that are NaN or infinite.
  public var nonfiniteCount = 0
  /// The index of the first of them.
  public var firstNonfiniteIndex: Int?
  /// The highest magnitude among the finite values; 0 if there are none.
  public var highestMagnitude: Float = 0
  /// Values seen.
  public var elementCount = 0

  /// Creates the scan of no values.
  public init() {}

  /// Scans `values`, at the speed of memory if they are finite.
  public init(_ values: UnsafeBufferPointer<Float>, level: CPULevel = .current) {
    append(values, level: level)
  }

  /// Scans `values`, which follow those seen so far.
  public mutating func append(
    _ values: UnsafeBufferPointer<Float>, level: CPULevel = .current
  ) {
    var start = 0
    while start < values.count {
      let end = min(start + Self.chunkElementCount, values.count)
      appendChunk(UnsafeBufferPointer(rebasing: values[start..<end]), level)
      start = end
    }
  }

  /// The definition: one value after the other.
  mutating func appendPlain(_ values: UnsafeBufferPointer<Float>) {
    for (index, value) in values.enumerated() {
      if value.isFinite {
        highestMagnitude = max(highestMagnitude, value.magnitude)
      } else {
        if firstNonfiniteIndex == nil { firstNonfiniteIndex = elementCount + index }
        nonfiniteCount += 1
      }
    }
    elementCount += values.count
  }

  /// Small enough that looking again, value by value, at a chunk with a NaN costs little.
  private static let chunkElementCount = 4096

  private mutating func appendChunk(_ values: UnsafeBufferPointer<Float>, _ level: CPULevel) {
    let wholeCount = values.count & ~255
    guard wholeCount > 0, let address = values.baseAddress else { return appendPlain(values) }
    let bits =
      switch level {
      case .baseline: EncodingKernelsBaseline.Magnitudes.highestBits(address, wholeCount / 256)
      case .v3: EncodingKernelsV3.Magnitudes.highestBits(address, wholeCount / 256)
      }
    let highest = Float(bitPattern: UInt32(bitPattern: bits))
    guard highest.isFinite else { return appendPlain(values) }
    highestMagnitude = max(highestMagnitude, highest)
    elementCount += wholeCount
    appendPlain(UnsafeBufferPointer(rebasing: values[wholeCount...]))
  }
}

/// What to put in the place of values that are not finite.
public enum NonfiniteReplacement: Sendable, Equatable {
  /// Zero.
  case zero
  /// For an infinity this magnitude with its sign, such as an encoding's `greatestMagnitude`; zero
  /// for a NaN.
  case clamp(to: Float)

  /// Replaces the NaNs and infinities in `values`; returns how many there were.
  public func apply(to values: UnsafeMutableBufferPointer<Float>) -> Int {
    var count = 0
    for index in values.indices where !values[index].isFinite {
      count += 1
      switch self {
      case .clamp(let magnitude) where values[index].isInfinite:
        values[index] = values[index] < 0 ? -magnitude : magnitude
      case .zero, .clamp:
        values[index] = 0
      }
    }
    return count
  }
}
