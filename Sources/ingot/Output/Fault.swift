#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Kills a debug build at a named step, for the kill tests.
///
/// `INGOT_FAULT_AT=convert.unit-written:3` strikes the third time that step passes. A release build
/// ignores the variable, so nobody's environment can break a real run.
enum Fault {
  #if DEBUG
    private static let counter = FaultCounter(Terminal.environment("INGOT_FAULT_AT"))
  #endif

  /// Called at every named step.
  static func strike(_ step: String) {
    #if DEBUG
      if counter.isDue(step) { kill(getpid(), SIGKILL) }
    #endif
  }
}

#if DEBUG
  internal import Synchronization

  private final class FaultCounter: Sendable {
    private let step: String
    private let count: Int
    private let passed = Atomic<Int>(0)

    init(_ text: String?) {
      let parts = (text ?? "").split(separator: ":").map(String.init)
      step = parts.first ?? ""
      count = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
    }

    func isDue(_ step: String) -> Bool {
      guard step == self.step else { return false }
      return passed.add(1, ordering: .relaxed).newValue == count
    }
  }
#endif
