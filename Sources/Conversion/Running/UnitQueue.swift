internal import Tensors

/// Hands out units in order, each with a buffer for its output, and keeps the first failure.
///
/// A unit and its buffer are taken in one step. So the earliest unit in flight always has a buffer,
/// and the threads that wait for the ordered hash to give buffers back cannot wait for each other.
final class UnitQueue: Sendable {
  private struct State {
    var next = 0
    var free: [ByteBuffer]
    var failure: (sequence: Int, error: ModelError)?
  }

  private let count: Int
  private let monitor: Monitor<State>

  init(count: Int, buffers: [ByteBuffer]) {
    self.count = count
    monitor = Monitor(State(free: buffers))
  }

  /// The next unit and a buffer, when there is one; nil at the end and after a failure.
  func take() -> (sequence: Int, buffer: ByteBuffer)? {
    monitor.waiting { state -> (sequence: Int, buffer: ByteBuffer)?? in
      if state.failure != nil || state.next == count { return .some(nil) }
      guard let buffer = state.free.popLast() else { return nil }
      defer { state.next += 1 }
      return .some((state.next, buffer))
    }
  }

  /// Takes a buffer back.
  func recycle(_ buffer: ByteBuffer) {
    monitor.withLockNotifying { $0.free.append(buffer) }
  }

  /// Ends the work. Of several failures the one of the earliest unit is kept, so that the error
  /// does not depend on the number of threads where the work is the same.
  func fail(_ sequence: Int, _ error: ModelError) {
    monitor.withLockNotifying { state in
      if let failure = state.failure, failure.sequence <= sequence { return }
      state.failure = (sequence, error)
    }
  }

  /// The failure, if there was one.
  var failure: ModelError? { monitor.withLock { $0.failure?.error } }
}
