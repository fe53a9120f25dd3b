/// Fields of Protocol Buffers, one after the other.
private struct ProtobufWriter {
  var bytes: [UInt8] = []

  private mutating func varint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func number(_ field: UInt64, _ value: UInt64) {
    varint(field << 3)
    varint(value)
  }

  mutating func float(_ field: UInt64, _ value: Float) {
    varint(field << 3 | 5)
    for shift in [0, 8, 16, 24] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  mutating func data(_ field: UInt64, _ value: some Collection<UInt8>) {
    varint(field << 3 | 2)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }
}

extension SentencePieceModel {
  /// The model as a file that the sentencepiece library reads.
  var bytes: [UInt8] {
    var file = ProtobufWriter()
    for piece in pieces {
      var part = ProtobufWriter()
      part.data(1, piece.text.utf8)
      part.float(2, piece.score)
      if piece.type != .normal { part.number(3, UInt64(piece.type.rawValue)) }
      file.data(1, part.bytes)
    }
    var trainer = ProtobufWriter()
    trainer.number(3, algorithm.rawValue)
    trainer.number(4, UInt64(pieces.count))
    trainer.number(35, pieces.contains { $0.type == .byte } ? 1 : 0)
    file.data(2, trainer.bytes)
    var normalizer = ProtobufWriter()
    normalizer.data(1, (charsmap.isEmpty ? "identity" : "precompiled").utf8)
    normalizer.data(2, charsmap)
    normalizer.number(3, addsDummyPrefix ? 1 : 0)
    normalizer.number(4, removesExtraSpaces ? 1 : 0)
    normalizer.number(5, 1)
    file.data(3, normalizer.bytes)
    return file.bytes
  }
}
