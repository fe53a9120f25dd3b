internal import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Signals become a flag that long work asks for, so that it ends at a safe point.
enum Signals {
  private static let flag = Atomic<Int32>(0)

  /// The signal that asked the program to stop; 0 if none did.
  static var received: Int32 { flag.load(ordering: .relaxed) }

  /// Whether the program was asked to stop.
  static var isStopping: Bool { received != 0 }

  /// Called once at start. A closed pipe and a file-size limit become errors of the call that met
  /// them instead of ending the program.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// From here on Ctrl-C and termination only set the flag.
  static func catchInterruption() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        // The second one ends the program at once: the user means it.
        if Signals.flag.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
  }
}
