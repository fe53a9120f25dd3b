import Encodings

/// A generator whose sequence is the same on every run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Every encoding that has arithmetic.
let encodings: [any Encoding.Type] = EncodingTable.all.compactMap(\.encoding)

/// Every encoding that Ingot writes.
let writableEncodings: [any WritableEncoding.Type] = EncodingTable.all.compactMap(\.writing)

/// `values` and as many zeros as make whole blocks of `encoding`.
func wholeBlocks(_ values: [Float], of encoding: any Encoding.Type) -> [Float] {
  let rest = values.count % encoding.blockElementCount
  return values + [Float](repeating: 0, count: rest == 0 ? 0 : encoding.blockElementCount - rest)
}

/// The ones with blocks of 32 and evenly spaced values.
let blockEncodings = EncodingTable.all.filter {
  ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"].contains($0.name)
}

/// The levels that this processor runs.
let levels = CPULevel.allCases.filter { $0 <= .detected }

func encode(
  _ values: [Float], as encoding: any WritableEncoding.Type, level: CPULevel = .current
) -> [UInt8] {
  var blocks = emptyBlocks(for: values, encoding)
  values.withUnsafeBufferPointer { values in
    blocks.withUnsafeMutableBytes { encoding.encode(values, into: $0, level: level) }
  }
  return blocks
}

func encodePlain(_ values: [Float], as encoding: any WritableEncoding.Type) -> [UInt8] {
  var blocks = emptyBlocks(for: values, encoding)
  values.withUnsafeBufferPointer { values in
    blocks.withUnsafeMutableBytes { encoding.encodePlain(values, into: $0) }
  }
  return blocks
}

func encodeMeasuring(
  _ values: [Float], as encoding: any WritableEncoding.Type, level: CPULevel = .current
) -> (blocks: [UInt8], errors: ErrorSums) {
  var blocks = emptyBlocks(for: values, encoding)
  let errors = values.withUnsafeBufferPointer { values in
    blocks.withUnsafeMutableBytes { encoding.encodeMeasuring(values, into: $0, level: level) }
  }
  return (blocks, errors)
}

func decode(
  _ blocks: [UInt8], as encoding: any Encoding.Type, level: CPULevel = .current
) -> [Float] {
  var values = emptyValues(for: blocks, encoding)
  values.withUnsafeMutableBufferPointer { values in
    blocks.withUnsafeBytes { encoding.decode($0, into: values, level: level) }
  }
  return values
}

func decodePlain(_ blocks: [UInt8], as encoding: any Encoding.Type) -> [Float] {
  var values = emptyValues(for: blocks, encoding)
  values.withUnsafeMutableBufferPointer { values in
    blocks.withUnsafeBytes { encoding.decodePlain($0, into: values) }
  }
  return values
}

/// The bits of each value: equal also where a NaN is not.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

/// The bits of each sum.
func bits(_ errors: ErrorSums) -> [UInt64] {
  [
    errors.sumOfSquaredError.bitPattern, errors.sumOfSquaredReference.bitPattern,
    errors.maximumAbsoluteError.bitPattern, UInt64(errors.elementCount),
  ]
}

private func emptyBlocks(for values: [Float], _ encoding: any Encoding.Type) -> [UInt8] {
  let count = values.count / encoding.blockElementCount * encoding.blockByteCount
  return [UInt8](repeating: 0xAA, count: count)
}

private func emptyValues(for blocks: [UInt8], _ encoding: any Encoding.Type) -> [Float] {
  let count = blocks.count / encoding.blockByteCount * encoding.blockElementCount
  return [Float](repeating: 0, count: count)
}

/// The bits of an objective; a NaN is one like any other.
func bits(_ objective: Objective) -> [UInt64] {
  [objective.weightedError, objective.weightedSquare, objective.nearestWeightedError ?? -1]
    .map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
}
