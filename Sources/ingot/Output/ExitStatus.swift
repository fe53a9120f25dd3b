internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How the program ends. `--help` of every command prints the table.
enum ExitStatus: Int32, Error {
  case success = 0
  case differenceFound = 1
  case usage = 2
  case malformed = 3
  case refused = 4
  case io = 5
  case conflict = 6
  case interrupted = 130
  case terminated = 143

  static let help = """
    EXIT STATUS:
      0 ok · 1 a verification or comparison found a difference · 2 usage · \
      3 malformed or corrupted input · 4 refused by a policy or limit · 5 input or output failed · \
      6 another writer was first · 130 interrupted · 143 terminated
    """

  /// The one place where codes become statuses.
  init(_ code: ModelError.Code) {
    self =
      switch code {
      case .malformed, .corrupted: .malformed
      case .unsupported, .limitExceeded, .refused: .refused
      case .invalidArgument: .usage
      case .notFound, .io, .pluginFailed: .io
      case .conflict: .conflict
      case .cancelled: Signals.received == SIGTERM ? .terminated : .interrupted
      }
  }

  static func exit(for error: ModelError) -> Never {
    ExitStatus(error.code).exit()
  }

  func exit() -> Never {
    #if canImport(Glibc)
      Glibc.exit(rawValue)
    #elseif canImport(Musl)
      Musl.exit(rawValue)
    #else
      Darwin.exit(rawValue)
    #endif
  }
}
