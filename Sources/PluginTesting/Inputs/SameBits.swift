internal import Tensors

// Equality as a file format needs it: by bits. `==` holds no NaN equal to itself, both zeros for
// equal, and texts for equal that Unicode writes in two ways.

extension ContainerIndex {
  /// Whether every name, number and text has the same bits as in `other`, in the same order.
  func hasSameBits(as other: ContainerIndex) -> Bool {
    tensors == other.tensors && metadata.hasSameBits(as: other.metadata)
      && zip(tensors, other.tensors).allSatisfy { $0.name.utf8.elementsEqual($1.name.utf8) }
  }
}

extension [MetadataEntry] {
  /// Whether keys, types and values have the same bits as in `other`, in the same order.
  func hasSameBits(as other: [MetadataEntry]) -> Bool {
    count == other.count
      && zip(self, other).allSatisfy { mine, theirs in
        mine.key.utf8.elementsEqual(theirs.key.utf8) && mine.value.hasSameBits(as: theirs.value)
      }
  }
}

extension MetadataValue {
  fileprivate func hasSameBits(as other: MetadataValue) -> Bool {
    switch (self, other) {
    case (.float32(let a), .float32(let b)): a.bitPattern == b.bitPattern
    case (.float64(let a), .float64(let b)): a.bitPattern == b.bitPattern
    case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    case (.array(.float32(let a)), .array(.float32(let b))):
      a.map(\.bitPattern) == b.map(\.bitPattern)
    case (.array(.float64(let a)), .array(.float64(let b))):
      a.map(\.bitPattern) == b.map(\.bitPattern)
    case (.array(.string(let a)), .array(.string(let b))):
      a.count == b.count && zip(a, b).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    default: self == other
    }
  }
}
