internal import Digests
internal import Tensors

/// The SHA-256 of an output file, from parts that become ready in any order.
///
/// SHA-256 goes through a file from start to end, while units end when they end. A finished unit is
/// kept until its turn; whichever thread brings the next one in turn hashes on as far as it can. So
/// the hash costs no thread of its own, and the file is not read again. A unit whose turn it is when
/// it is finished has its leaves hashed in the same go.
final class OrderedFileHash: Sendable {
  private enum Piece: Sendable {
    case segment([UInt8])
    case unit(Int)
  }

  private struct State {
    var hash = FileStreamHash()
    var next = 0
    var isHashing = false
    var ready: [Int: (buffer: ByteBuffer, byteCount: Int)] = [:]
  }

  private let pieces: [Piece]
  private let monitor = Monitor(State())
  private let recycle: @Sendable (ByteBuffer) -> Void

  /// `units` are the sequence numbers and output offsets of the file's units, in file order;
  /// `recycle` takes each buffer back once it is hashed.
  init(
    segments: [ContainerLayout.Segment], units: [(sequence: Int, offset: Int)],
    recycle: @escaping @Sendable (ByteBuffer) -> Void
  ) {
    var pieces: [Piece] = []
    var rest = segments[...]
    for unit in units {
      while let segment = rest.first, segment.offset < unit.offset {
        pieces.append(.segment(segment.bytes))
        rest.removeFirst()
      }
      pieces.append(.unit(unit.sequence))
    }
    pieces += rest.map { .segment($0.bytes) }
    self.pieces = pieces
    self.recycle = recycle
  }

  /// Takes a finished unit whose leaves are known, and hashes as far as everything is ready.
  func deliver(sequence: Int, buffer: ByteBuffer, byteCount: Int) {
    monitor.withLock { $0.ready[sequence] = (buffer, byteCount) }
    advance()
  }

  /// Takes a finished unit, hashes as far as everything is ready, and returns the unit's leaves.
  func deliver(sequence: Int, buffer: ByteBuffer, byteCount: Int, leavesOf type: ElementType)
    -> [Digest]
  {
    advance()
    let bytes = UnsafeRawBufferPointer(buffer.prefix(byteCount))
    guard let start = takeTurn(of: sequence) else {
      let leaves = TensorDigest.leaves(of: bytes, elementType: type)
      deliver(sequence: sequence, buffer: buffer, byteCount: byteCount)
      return leaves
    }
    var hash = start
    let leaves = hash.update(bytes, leavesOf: type)
    recycle(buffer)
    finishTurn(hash)
    advance()
    return leaves
  }

  private func advance() {
    while let (piece, part, start) = take() {
      var hash = start
      switch piece {
      case .segment(let bytes): bytes.withUnsafeBytes { hash.update($0) }
      case .unit:
        if let part {
          hash.update(UnsafeRawBufferPointer(part.buffer.prefix(part.byteCount)))
          recycle(part.buffer)
        }
      }
      finishTurn(hash)
    }
  }

  /// The hash up to unit `sequence`, if that is the next piece and nobody hashes; nobody else
  /// hashes until `finishTurn`.
  private func takeTurn(of sequence: Int) -> FileStreamHash? {
    monitor.withLock { state in
      guard !state.isHashing, state.next < pieces.count,
        case .unit(sequence) = pieces[state.next]
      else { return nil }
      state.isHashing = true
      return state.hash
    }
  }

  private func finishTurn(_ hash: FileStreamHash) {
    monitor.withLock { state in
      state.hash = hash
      state.next += 1
      state.isHashing = false
    }
  }

  /// The next piece, if it is ready and nobody hashes; nobody else hashes until it is done.
  private func take() -> (Piece, (buffer: ByteBuffer, byteCount: Int)?, FileStreamHash)? {
    monitor.withLock { state in
      guard !state.isHashing, state.next < pieces.count else { return nil }
      let piece = pieces[state.next]
      var part: (buffer: ByteBuffer, byteCount: Int)?
      if case .unit(let sequence) = piece {
        guard let ready = state.ready.removeValue(forKey: sequence) else { return nil }
        part = ready
      }
      state.isHashing = true
      return (piece, part, state.hash)
    }
  }

  /// The digest, after every unit was delivered and every `deliver` has returned.
  func digest() -> Digest {
    advance()
    return monitor.withLock { $0.hash.digest() }
  }
}
